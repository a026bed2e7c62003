using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>Revision 3: a manifest in place of the payload, and the chunks it tells of.</summary>
public sealed class ChunkTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("accounts");
    private static readonly byte[] s_payload = [.. Enumerable.Range(0, 10).Select(i => (byte)i)];

    private const string GoldenPlainManifest =
        "03" + "40" + // header
        "114D57B2F1573AA17266334B5BAA9E39" + // digest
        "05" + "00" + // inner tag and compression: the payload's
        "17171717171717171717171717171717" + "0A00000000000000" + "04000000";
    private const string GoldenEncryptedManifest =
        "03" + "41" +
        "5B00" + "53636F70656443616368696E672E4D656D6361636865642F64617461206B657920312F444141414147494159514275414773414C51426841413D3D" +
        "4242424242424242424242424242424242424242424242424242424242424242" +
        "171717171717171717171717" +
        "F9A28AA56BF86E0ECA9571A4BBCEBF343D63CECF247F794893714ABA72D128FE" + // inner
        "B8EA23C3B3BB58A8395175F0B246ED7C02ED83427CAEB5CB1931CF845BDD" +
        "79FB36D7000A105C917247191CD2D64E";

    private static readonly string[] s_goldenPlainChunks = ["0E5D9F10DE24FC1BCC67D801BC40FA5800010203", "371E075CCABFC102D9BD6DD3D199E5D404050607", "29D661C1ABE3C9D0FD1520F34E446D470809"];
    private static readonly string[] s_goldenEncryptedChunks = ["F4B3FDFA1A5D7003244554455D50EABF64FF8DE2", "89531D2B4292E3CBC678EB403455D2D3FD84E9CE", "E8428BBAD3F135B5D9546DC6BAF7C6E1D451"];

    public static TheoryData<bool> EncryptedOrNot => [true, false];

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_manifest_and_its_chunks(bool encrypts)
    {
        using var process = new Process(random: new FixedRandom());
        var manifest = Manifest(process, encrypts);

        Assert.Equal(encrypts ? GoldenEncryptedManifest : GoldenPlainManifest, Convert.ToHexString(Seal(process, manifest)), ignoreCase: true);
        Assert.Equal(encrypts ? s_goldenEncryptedChunks : s_goldenPlainChunks, Chunks(manifest).Select(Convert.ToHexString), StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void Stored_ones_still_open(bool encrypts)
    {
        using var process = new Process(random: new FixedRandom());

        var outcome = Open(process, Convert.FromHexString(encrypts ? GoldenEncryptedManifest : GoldenPlainManifest), out var manifest);

        Assert.Equal(OpenOutcome.Opened, outcome);
        Assert.Equal(s_payload, Assemble(manifest!, [.. (encrypts ? s_goldenEncryptedChunks : s_goldenPlainChunks).Select(Convert.FromHexString)]));
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_manifest_never_opens_as_a_value(bool encrypts)
    {
        using var process = new Process();

        Assert.Equal(OpenOutcome.Malformed, process.Open(s_address, Seal(process, Manifest(process, encrypts)), Process.Plain));
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_manifest_of_more_than_the_reader_takes_does_not_open(bool encrypts)
    {
        using var process = new Process();
        var envelope = Seal(process, Manifest(process, encrypts));

        Assert.Equal(OpenOutcome.Malformed, Open(process, envelope, out _, longest: s_payload.Length - 1));
        Assert.Equal(OpenOutcome.Opened, Open(process, envelope, out _, longest: s_payload.Length));
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_bit_flipped_anywhere_in_a_manifest_is_not_opened(bool encrypts)
    {
        using var process = new Process();
        var envelope = Seal(process, Manifest(process, encrypts));
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(OpenOutcome.Opened, Open(process, envelope, out _, format: encrypts ? EntryFormat.Default : Process.Plain));
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_manifest_copied_to_another_address_does_not_open(bool encrypts)
    {
        using var process = new Process();
        using var scratch = new PooledBuffer();

        var outcome = process.Codec.Open(
            Process.Scope.Entry("other"), Seal(process, Manifest(process, encrypts)), Process.Plain, process.Clock.GetUtcNow(), 1000, scratch, out _, out var manifest);

        Assert.Equal(OpenOutcome.Tampered, outcome);
        Assert.Null(manifest);
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_bit_flipped_anywhere_in_a_chunk_is_not_opened(bool encrypts)
    {
        using var process = new Process();
        var manifest = Manifest(process, encrypts);
        var chunks = Chunks(manifest);
        for (var bit = 0; bit < chunks[1].Length * 8; bit++)
        {
            chunks[1][bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(Assemble(manifest, chunks));
            chunks[1][bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_chunk_opens_at_its_own_place_only(bool encrypts)
    {
        using var process = new Process();
        var manifest = Manifest(process, encrypts);
        var chunks = Chunks(manifest);
        byte[][][] wrong =
        [
            [chunks[1], chunks[0], chunks[2]],
            [chunks[0], chunks[0], chunks[2]],
            [chunks[1], chunks[1], chunks[2]],
            [chunks[0], chunks[1], chunks[1]],
            [chunks[0], chunks[1], chunks[2][..^1]],
            [chunks[0], chunks[1], [.. chunks[2], 0]],
            [chunks[0], chunks[1], []],
        ];

        Assert.All(wrong, mixed => Assert.Null(Assemble(manifest, mixed)));
        Assert.Equal(s_payload, Assemble(manifest, chunks));
    }

    [Theory]
    [MemberData(nameof(EncryptedOrNot))]
    public void A_chunk_of_another_manifest_does_not_open(bool encrypts)
    {
        using var process = new Process();
        var manifest = Manifest(process, encrypts);
        var chunks = Chunks(manifest);
        ChunkManifest[] others =
        [
            Manifest(process, encrypts),
            manifest with { Id = Guid.NewGuid() },

            // The same place and length of a part, and another whole.
            manifest with { Length = 9 },
            manifest with { Length = 13 },
        ];

        Assert.All(others, other =>
        {
            using var cipher = Cipher(other);
            Assert.False(cipher.TryOpen(0, chunks[0], new byte[4]));
        });
    }

    [Fact]
    public void Two_manifests_of_the_same_bytes_share_nothing()
    {
        using var process = new Process();
        var (one, other) = (Manifest(process, encrypts: true), Manifest(process, encrypts: true));

        Assert.NotEqual(one.Id, other.Id);
        Assert.NotEqual(one.Secret, other.Secret);
        Assert.NotEqual(Chunks(one)[0], Chunks(other)[0]);
    }

    private static ChunkManifest Manifest(Process process, bool encrypts) =>
        process.Codec.CreateManifest(new UnsealedValue(s_payload, ValueTag.Bytes, IsCompressed: false, encrypts, SealedLength: 100), partLength: 4);

    /// <summary>With a key of its own, because it zeroes it.</summary>
    private static ChunkCipher Cipher(ChunkManifest manifest) => new(manifest with { Secret = manifest.Secret?.ToArray() });

    private static byte[] Seal(Process process, ChunkManifest manifest)
    {
        using var buffer = new PooledBuffer();
        process.Codec.SealManifest(s_address, manifest, default, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static OpenOutcome Open(Process process, byte[] envelope, out ChunkManifest? manifest, long longest = 1000, EntryFormat? format = null)
    {
        using var scratch = new PooledBuffer();
        return process.Codec.Open(s_address, envelope, format ?? Process.Plain, process.Clock.GetUtcNow(), longest, scratch, out _, out manifest);
    }

    private static byte[][] Chunks(ChunkManifest manifest)
    {
        using var cipher = Cipher(manifest);
        var chunks = new byte[manifest.Count][];
        for (var i = 0; i < chunks.Length; i++)
        {
            var part = s_payload.AsSpan(i * manifest.PartLength, manifest.LengthOf(i));
            chunks[i] = new byte[part.Length + ChunkManifest.Overhead];
            cipher.Seal(i, part, chunks[i]);
        }

        return chunks;
    }

    /// <summary>The payload; null when one of the chunks does not open.</summary>
    private static byte[]? Assemble(ChunkManifest manifest, byte[][] chunks)
    {
        using var cipher = Cipher(manifest);
        var payload = new byte[manifest.Length];
        for (var i = 0; i < manifest.Count; i++)
        {
            if (!cipher.TryOpen(i, chunks[i], payload.AsSpan(i * manifest.PartLength, manifest.LengthOf(i))))
            {
                return null;
            }
        }

        return payload;
    }
}
