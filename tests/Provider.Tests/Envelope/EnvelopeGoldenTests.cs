using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>Bytes that older versions of this library stored: they must be written like this and read for as long as revision 1 is.</summary>
public sealed class EnvelopeGoldenTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("accounts");
    private static readonly EnvelopeTerms s_terms = new(DateTimeOffset.FromUnixTimeMilliseconds(0x0000_0203_0405_0607), TimeSpan.FromSeconds(0x0A0B), Enumerable.Range(0, 16).Select(i => (byte)i).ToArray());

    private const string GoldenPlain =
        "01" + "0E" + "0706050403020000" + "0B0A0000" + "01" + "000102030405060708090A0B0C0D0E0F" + // header
        "9A359BFE43DC26941767D250D028F4BE" + // digest
        "01" + "00" + "68656C6C6F";
    private const string GoldenEncrypted =
        "01" + "0F" + "0706050403020000" + "0B0A0000" + "01" + "000102030405060708090A0B0C0D0E0F" +
        "5B00" + "53636F70656443616368696E672E4D656D6361636865642F64617461206B657920312F444141414147494159514275414773414C51426841413D3D" +
        "4242424242424242424242424242424242424242424242424242424242424242" + // wrapped: purposes and the key itself, by the test's protection
        "171717171717171717171717" + // nonce
        "FDA2F5D7108316" + // inner
        "3A2B3D64E81AF6E97ADCEAD227C1E65A";
    private const string GoldenCompressed =
        "01" + "00" + "772AFA36DEE7AC2B2E6CFD22A008F307" + "01" + "01" + "83E7030020C2D8000E5CC3496936800B70583EDC";

    [Fact]
    public void A_plain_entry() => Check("hello", Process.Plain, s_terms, GoldenPlain);

    [Fact]
    public void An_encrypted_entry() => Check("hello", EntryFormat.Default, s_terms, GoldenEncrypted);

    [Fact]
    public void A_compressed_entry_still_opens()
    {
        using var process = new Process(random: new FixedRandom());
        Assert.Equal(OpenOutcome.Opened, process.Open<string>(s_address, Convert.FromHexString(GoldenCompressed), out var value, Process.Plain));
        Assert.Equal(new string('a', 2000), value);
    }

    private static void Check(string value, EntryFormat format, EnvelopeTerms terms, string golden)
    {
        using var process = new Process(random: new FixedRandom());
        Assert.Equal(golden, Convert.ToHexString(process.Seal(s_address, value, format, terms)), ignoreCase: true);
        Assert.Equal(OpenOutcome.Opened, process.Open<string>(s_address, Convert.FromHexString(golden), out var read, format));
        Assert.Equal(value, read);
    }
}
