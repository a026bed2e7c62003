using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>Revision 2: a fresh time in the header, tags in front of the payload.</summary>
public sealed class EnvelopeRevision2Tests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("accounts");
    private static readonly byte[] s_ids = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
    private static readonly EnvelopeTerms s_revision1 = new(DateTimeOffset.FromUnixTimeMilliseconds(0x0000_0203_0405_0607), TimeSpan.FromSeconds(0x0A0B), s_ids);
    private static readonly DateTimeOffset s_freshUntil = DateTimeOffset.FromUnixTimeMilliseconds(0x0000_0102_0304_0506);
    private static readonly ReadOnlyMemory<byte> s_tags = EntryTags.Of("bb", "a").Encoded;

    // Each flag, then the parts that it announces, in the order of the layout.
    private const string Generations = "01" + "000102030405060708090A0B0C0D0E0F";
    private const string DeadlineAndSliding = "0706050403020000" + "0B0A0000";
    private const string FreshUntil = "0605040302010000";
    private const string WrappedKey =
        "5B00" + "53636F70656443616368696E672E4D656D6361636865642F64617461206B657920312F444141414147494159514275414773414C51426841413D3D" +
        "4242424242424242424242424242424242424242424242424242424242424242";
    private const string Nonce = "171717171717171717171717";
    private const string Tags = "0E00" + "02000000" + "6100" + "04000000" + "62006200";
    private const string Hello = "68656C6C6F";

    [Fact]
    public void A_plain_entry_with_a_fresh_time() => Check(
        Process.Plain, s_revision1 with { FreshUntil = s_freshUntil }, "02" + "1E" + DeadlineAndSliding + Generations + FreshUntil + "C8934CEDFD0749194F66C97BD30CDF57" + "01" + "00" + Hello);

    [Fact]
    public void A_plain_entry_with_tags() => Check(
        Process.Plain, s_revision1 with { Tags = s_tags }, "02" + "2E" + DeadlineAndSliding + Generations + "FF7CA1A78CB91F4CAF4B5588932B78AC" + "01" + "00" + Tags + Hello);

    [Fact]
    public void A_plain_entry_with_both() => Check(
        Process.Plain, s_revision1 with { FreshUntil = s_freshUntil, Tags = s_tags }, "02" + "3E" + DeadlineAndSliding + Generations + FreshUntil + "E7E6BB17ED97A60F35026B014981A07B" + "01" + "00" + Tags + Hello);

    [Fact]
    public void An_encrypted_entry_with_a_fresh_time() => Check(
        EntryFormat.Default, s_revision1 with { FreshUntil = s_freshUntil }, "02" + "1F" + DeadlineAndSliding + Generations + FreshUntil + WrappedKey + Nonce + "FDA2F5D7108316" + "4390B462632D3A380FC5D34DD06B1766");

    [Fact]
    public void An_encrypted_entry_with_tags() => Check(
        EntryFormat.Default, s_revision1 with { Tags = s_tags }, "02" + "2F" + DeadlineAndSliding + Generations + WrappedKey + Nonce + "FDA293B27EEF7919BC8262B3ACD9CA234874ACAA481316" + "62E1D530E4534D66E5ECF49F4B03AC39");

    [Fact]
    public void An_encrypted_entry_with_both() => Check(
        EntryFormat.Default, s_revision1 with { FreshUntil = s_freshUntil, Tags = s_tags }, "02" + "3F" + DeadlineAndSliding + Generations + FreshUntil + WrappedKey + Nonce + "FDA293B27EEF7919BC8262B3ACD9CA234874ACAA481316" + "DC9FEDD469F1B307A5DD8F38E2453605");

    [Fact]
    public void Neither_of_both_is_revision_1_still()
    {
        using var process = new Process(random: new FixedRandom());

        Assert.StartsWith("010E" + DeadlineAndSliding + Generations, Hex(process.Seal(s_address, "hello", Process.Plain, s_revision1)), StringComparison.Ordinal);
        Assert.StartsWith("010F" + DeadlineAndSliding + Generations + WrappedKey, Hex(process.Seal(s_address, "hello", terms: s_revision1)), StringComparison.Ordinal);
        Assert.StartsWith("0100", Hex(process.Seal(s_address, "hello", Process.Plain)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_comes_back_with_the_value(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        var terms = s_revision1 with { FreshUntil = s_freshUntil, Tags = s_tags };

        Open(process, process.Seal(s_address, "hello", format, terms), format, opened =>
        {
            Assert.Equal(terms.Deadline, opened.Deadline);
            Assert.Equal(terms.Sliding, opened.Sliding);
            Assert.Equal(terms.FreshUntil, opened.FreshUntil);
            Assert.Equal(s_ids, opened.Generations.ToArray());
            Assert.Equal(s_tags.ToArray(), opened.Tags.ToArray());
            Assert.True(process.Codec.TryRead<string>(opened, format, out var value));
            Assert.Equal("hello", value);
        });
    }

    [Theory]
    [InlineData(true, 1100)]
    [InlineData(true, 20_000)]
    [InlineData(false, 1100)]
    [InlineData(false, 20_000)]
    public void A_compressed_value_keeps_its_tags_and_the_tags_are_not_compressed(bool encrypt, int length)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt, Compress = true };
        var text = new string('a', length);
        var envelope = process.Seal(s_address, text, format, new EnvelopeTerms(null, null, Tags: s_tags));

        Assert.InRange(envelope.Length, 1, 400);
        Open(process, envelope, format, opened =>
        {
            Assert.Equal(s_tags.ToArray(), opened.Tags.ToArray());
            Assert.True(process.Codec.TryRead<string>(opened, format, out var value));
            Assert.Equal(text, value);
        });
        if (!encrypt)
        {
            Assert.Contains("01" + "01" + Tags, Hex(envelope), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Tags_are_as_secret_as_the_value()
    {
        using var process = new Process();
        var tags = EntryTags.Of("customer:4711").Encoded;

        var envelope = process.Seal(s_address, "hello", terms: new EnvelopeTerms(null, null, Tags: tags));

        Assert.Equal(-1, envelope.AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes("4711")));
    }

    [Theory]
    [InlineData(0x10)]
    [InlineData(0x20)]
    [InlineData(0x30)]
    public void Flags_of_revision_2_in_revision_1_are_malformed(byte flags)
    {
        using var process = new Process();
        var terms = new EnvelopeTerms(null, null, FreshUntil: (flags & 0x10) != 0 ? s_freshUntil : null, Tags: (flags & 0x20) != 0 ? s_tags : default);
        var envelope = process.Seal(s_address, "hello", Process.Plain, terms);
        Assert.Equal((2, flags), (envelope[0], envelope[1]));
        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope, Process.Plain));

        envelope[0] = 1;

        Assert.Equal(OpenOutcome.Malformed, process.Open(s_address, envelope, Process.Plain));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x80)]
    public void Flags_that_revision_2_does_not_know_are_malformed(byte flag)
    {
        using var process = new Process();
        var envelope = process.Seal(s_address, "hello", Process.Plain, new EnvelopeTerms(null, null, FreshUntil: s_freshUntil));

        envelope[1] |= flag;

        Assert.Equal(OpenOutcome.Malformed, process.Open(s_address, envelope, Process.Plain));
    }

    [Fact]
    public void A_later_revision_is_told_apart()
    {
        using var process = new Process();
        var envelope = process.Seal(s_address, "hello", Process.Plain, new EnvelopeTerms(null, null, FreshUntil: s_freshUntil));

        envelope[0] = EnvelopeLayout.Revision + 1;

        Assert.Equal(OpenOutcome.NewerRevision, process.Open(s_address, envelope, Process.Plain));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bit_flipped_anywhere_is_not_opened(bool encrypt)
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring, limits: new DataKeyLimits { FailuresPerSecond = int.MaxValue });
        var format = new EntryFormat { Encrypt = encrypt };
        var terms = new EnvelopeTerms(process.Clock.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(2), new byte[32], process.Clock.GetUtcNow().AddMinutes(1), s_tags);
        var envelope = process.Seal(s_address, 12345, format, terms);
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, envelope, format));
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope, format));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_short_anywhere_or_lengthened_it_is_not_opened(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        var envelope = process.Seal(s_address, "value", format, s_revision1 with { FreshUntil = s_freshUntil, Tags = s_tags });
        for (var length = 0; length < envelope.Length; length++)
        {
            // A copy of just this length, so that reading past the end would throw.
            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, envelope.AsSpan(0, length).ToArray(), format));
        }

        Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, (byte[])[.. envelope, 0], format));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("05", false)]
    [InlineData("0100", false)]
    [InlineData("0500" + "01020304", false)]
    [InlineData("0000", true)]
    [InlineData("0200" + "0102", true)]
    [InlineData("0200" + "0102" + "AA", true)]
    public void Tags_cut_short_are_no_tags(string inner, bool isWhole)
    {
        ReadOnlyMemory<byte> payload = Convert.FromHexString(inner);

        Assert.Equal(isWhole, InnerTags.TryTake(ref payload, hasTags: true, out _));
    }

    [Theory]
    [InlineData("02")]
    [InlineData("FFFFFFFF")]
    [InlineData("02000000" + "61")]
    [InlineData("FFFFFF7F" + "6100")]
    [InlineData("02000000" + "6100" + "00")]
    [InlineData("01000000" + "61")]
    public void Names_cut_short_are_no_names(string encoded) => Assert.Null(EntryTags.Decode(Convert.FromHexString(encoded)));

    [Fact]
    public void Tags_come_back_as_what_they_were_whatever_text_they_hold()
    {
        foreach (var tags in (EntryTags[])[EntryTags.None, EntryTags.Of("a"), EntryTags.Of("ünï", "\ud83d\ude00", " "), EntryTags.Of("half \ud83d", "\ude00 half")])
        {
            var decoded = EntryTags.Decode(tags.Encoded.Span);

            Assert.NotNull(decoded);
            Assert.Equal(tags.Names, decoded.Names);
            Assert.Equal(tags.Encoded.ToArray(), decoded.Encoded.ToArray());
        }
    }

    [Fact]
    public void Tags_stand_each_once_and_in_order()
    {
        Assert.Equal(["B", "a", "b"], EntryTags.Of("b", "a", "B", "a").Names);
        Assert.Same(EntryTags.None, EntryTags.Of());
    }

    [Fact]
    public void Too_many_too_long_and_empty_tags_are_the_callers_error()
    {
        Assert.Throws<ArgumentException>(() => EntryTags.Of(""));
        Assert.Throws<ArgumentException>(() => EntryTags.Of(new string('x', EntryTags.LongestTag + 1)));
        Assert.Throws<ArgumentException>(() => EntryTags.Of(Enumerable.Range(0, EntryTags.MostTags + 1).Select(i => $"{i}")));
        Assert.Equal(EntryTags.MostTags, EntryTags.Of(Enumerable.Range(0, EntryTags.MostTags).Select(i => new string((char)('A' + i), EntryTags.LongestTag))).Names.Count);
    }

    [Fact]
    public void The_most_and_longest_tags_fit()
    {
        using var process = new Process();
        var tags = EntryTags.Of(Enumerable.Range(0, EntryTags.MostTags).Select(i => new string((char)('A' + i), EntryTags.LongestTag)));
        var ids = new byte[16 * (2 + EntryTags.MostTags)];

        var envelope = process.Seal(s_address, "hello", terms: new EnvelopeTerms(null, null, ids, Tags: tags.Encoded));

        Open(process, envelope, EntryFormat.Default, opened => Assert.Equal(tags.Encoded.ToArray(), opened.Tags.ToArray()));
    }

    private static void Check(EntryFormat format, EnvelopeTerms terms, string golden)
    {
        using var process = new Process(random: new FixedRandom());
        Assert.Equal(golden, Hex(process.Seal(s_address, "hello", format, terms)));
        Assert.Equal(OpenOutcome.Opened, process.Open<string>(s_address, Convert.FromHexString(golden), out var value, format));
        Assert.Equal("hello", value);
    }

    private static void Open(Process process, byte[] envelope, EntryFormat format, Action<OpenedEnvelope> check)
    {
        // As large as one that was used before: the value is inflated where its tags stood.
        using var scratch = new PooledBuffer(1 << 16);
        Assert.Equal(OpenOutcome.Opened, process.Codec.Open(s_address, envelope, format, process.Clock.GetUtcNow(), scratch, out var opened));
        check(opened);
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
