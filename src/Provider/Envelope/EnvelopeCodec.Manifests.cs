using System.Buffers;
using System.Security.Cryptography;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <content>Values that are too long for one item: a manifest is sealed in their place.</content>
internal sealed partial class EnvelopeCodec
{
    /// <summary>A new manifest, with an id and a key of its own.</summary>
    public ChunkManifest CreateManifest(in UnsealedValue value, int partLength)
    {
        Span<byte> id = stackalloc byte[16];
        _random.FillNonce(id);
        byte[]? secret = null;
        if (value.IsEncrypted)
        {
            secret = GC.AllocateUninitializedArray<byte>(DataKey.SecretLength, pinned: true);
            _random.FillKey(secret);
        }

        return new ChunkManifest(new Guid(id), value.Payload.Length, partLength, secret, value.Tag, value.IsCompressed);
    }

    /// <summary>Seals a manifest under the terms of the entry whose value it stands for.</summary>
    public ValueTag SealManifest(in EntryAddress address, ChunkManifest manifest, in EnvelopeTerms terms, PooledBuffer destination) =>
        Seal(address, new HeldManifest(manifest), terms with { IsManifest = true }, manifest.Secret is null ? s_plain : s_encrypted, destination);

    /// <summary>What the chunks of a compressed payload inflate to; null when that is not possible within the limits. Gives the chunks back.</summary>
    public static PooledSequence? Inflate(PooledSequence compressed)
    {
        using (compressed)
        {
            var inflated = new PooledSequence(InflatedBlock);
            if (Compressor.TryInflate(compressed, inflated))
            {
                return inflated;
            }

            inflated.Dispose();
            return null;
        }
    }

    /// <summary>Reads the value of a payload in pieces; false when it is not of the type asked for, which is a miss.</summary>
    public bool TryRead<T>(ValueTag tag, in ReadOnlySequence<byte> payload, EntryFormat format, out T? value) =>
        _values.TryRead(tag, payload, format.Serializer, out value);

    private static OpenOutcome UnfoldManifest(
        ReadOnlyMemory<byte> inner, in EnvelopeHeader header, ReadOnlyMemory<byte> envelope, long longest, out OpenedEnvelope opened, out ChunkManifest? manifest)
    {
        (opened, manifest) = (default, null);
        var tag = (ValueTag)inner.Span[0];
        var compression = inner.Span[1];
        var payload = inner[EnvelopeLayout.InnerHeaderLength..];
        if (!IsOfValue(tag) || compression > EnvelopeLayout.Brotli || !InnerTags.TryTake(ref payload, header.HasTags, out var tags))
        {
            return OpenOutcome.Malformed;
        }

        manifest = ChunkManifest.Read(payload.Span, header.IsEncrypted, tag, compression == EnvelopeLayout.Brotli, longest);
        if (manifest is null)
        {
            return OpenOutcome.Malformed;
        }

        opened = new OpenedEnvelope(tag, default, header.Deadline, header.Sliding, envelope[header.Generations], header.FreshUntil, tags);
        return OpenOutcome.Opened;
    }

    private const int InflatedBlock = 512 << 10;

    private static readonly EntryFormat s_plain = new() { Encrypt = false };
    private static readonly EntryFormat s_encrypted = new() { Encrypt = true };

    /// <summary>A manifest where a value is sealed.</summary>
    private readonly record struct HeldManifest(ChunkManifest Manifest)
    {
        public Inner Write(int start, PooledBuffer destination)
        {
            var payload = destination.Length;
            Manifest.Write(destination);
            var inner = destination.WrittenForUpdate[start..];
            (inner[0], inner[1]) = ((byte)Manifest.Tag, Manifest.IsCompressed ? EnvelopeLayout.Brotli : EnvelopeLayout.NotCompressed);
            return new Inner(Manifest.Tag, Manifest.IsCompressed, payload);
        }
    }
}
