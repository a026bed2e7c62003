using System.Buffers;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// A value into the bytes that are stored, and back: serialize, compress, encrypt. The layout is drawn in <see cref="EnvelopeLayout"/>. Every
/// input gives an outcome when opened, never an exception. Thread-safe.
/// </summary>
internal sealed partial class EnvelopeCodec
{
    private readonly bool _encrypt;
    private readonly bool _compress;
    private readonly int _compressionThreshold;
    private readonly DataKeys _keys;
    private readonly RandomSource _random;
    private readonly ValueSerializer _values;
    private readonly UnopenableLog _unopenable;

    /// <param name="options">Read once: how values are sealed does not change while the application runs.</param>
    /// <param name="keys">The data keys of this process.</param>
    /// <param name="clock">For the pauses between log messages.</param>
    /// <param name="metrics">Counts what does not open.</param>
    /// <param name="logger">Takes what does not open.</param>
    /// <param name="random">Nonces.</param>
    public EnvelopeCodec(MemcachedOptions options, DataKeys keys, TimeProvider clock, CacheMetrics metrics, ILogger logger, RandomSource? random = null)
    {
        (_encrypt, _compress, _compressionThreshold) = (options.Encrypt, options.Compress, options.CompressionThreshold);
        (_keys, _random) = (keys, random ?? RandomSource.Secure);
        _values = new ValueSerializer(options.Json, metrics, logger);
        _unopenable = new UnopenableLog(clock, metrics, logger);
    }

    /// <summary>Whether lately an entry came from a DataProtection key ring that this process does not have: a fault of the set-up.</summary>
    public bool ForeignKeyRingSeen => _keys.ForeignKeyRingSeen;

    /// <summary>Appends the sealed bytes to <paramref name="destination"/>; when it throws, what it appended is to be dropped.</summary>
    /// <returns>The tag to be shown outside: <see cref="ValueTag.Encrypted"/>, or the value's own.</returns>
    /// <exception cref="MemcachedClientException">There is no data key, because DataProtection failed.</exception>
    /// <exception cref="Exception">The value does not serialize; thrown as the serializer threw it.</exception>
    public ValueTag Seal<T>(in EntryAddress address, T value, in EnvelopeTerms terms, EntryFormat format, PooledBuffer destination)
    {
        TrySeal(address, value, terms, format, most: long.MaxValue, destination, out var tag, out _);
        return tag;
    }

    /// <summary>Seals what was opened once more, under other terms; the value is not read.</summary>
    public ValueTag Reseal(in EntryAddress address, in OpenedEnvelope opened, in EnvelopeTerms terms, EntryFormat format, PooledBuffer destination) =>
        Seal(address, opened, terms, format, destination);

    /// <summary>
    /// Opens sealed bytes. <paramref name="scratch"/> is emptied first and may hold the payload afterwards: what opened lives until
    /// it is used again, and no longer than <paramref name="sealedBytes"/>. A manifest does not open so.
    /// </summary>
    public OpenOutcome Open(
        in EntryAddress address, ReadOnlyMemory<byte> sealedBytes, EntryFormat format, DateTimeOffset now, PooledBuffer scratch, out OpenedEnvelope opened) =>
        Open(address, sealedBytes, format, now, longest: 0, scratch, out opened, out _);

    /// <summary>As the other; where it is the manifest of a value of at most <paramref name="longest"/> bytes, that is told, and the payload is empty.</summary>
    public OpenOutcome Open(
        in EntryAddress address,
        ReadOnlyMemory<byte> sealedBytes,
        EntryFormat format,
        DateTimeOffset now,
        long longest,
        PooledBuffer scratch,
        out OpenedEnvelope opened,
        out ChunkManifest? manifest)
    {
        scratch.Clear();
        (opened, manifest) = (default, null);
        ReadOnlyMemory<byte> inner = default;
        var outcome = EnvelopeLayout.TryReadHeader(sealedBytes.Span, out var header);
        if (outcome == OpenOutcome.Opened)
        {
            outcome = header.IsEncrypted ? Decrypt(address, sealedBytes.Span, header, scratch, out inner)
                : format.Encrypt ?? _encrypt ? OpenOutcome.NotEncrypted
                : CheckDigest(address, sealedBytes, header, out inner);
        }

        if (outcome == OpenOutcome.Opened && header.Deadline <= now)
        {
            outcome = OpenOutcome.Expired;
        }

        if (outcome == OpenOutcome.Opened)
        {
            outcome = header.IsManifest
                ? UnfoldManifest(inner, header, sealedBytes, longest, out opened, out manifest)
                : Unfold(inner, header, sealedBytes, scratch, out opened);
        }

        if (outcome != OpenOutcome.Opened)
        {
            Count(outcome);
        }

        return outcome;
    }

    /// <summary>Counts an entry that is there and does not open.</summary>
    public void Count(OpenOutcome outcome) => _unopenable.Add(outcome);

    /// <summary>Appends the value's bytes as they would be sealed, uncompressed.</summary>
    public ValueTag Write<T>(T value, EntryFormat format, PooledBuffer destination) => _values.Write(value, format.Serializer, destination);

    /// <summary>Reads the value of an envelope that opened; false when it is not of the type asked for, which is a miss.</summary>
    public bool TryRead<T>(in OpenedEnvelope opened, EntryFormat format, out T? value) =>
        _values.TryRead(opened.Tag, opened.Payload, format.Serializer, out value);

    private OpenOutcome Decrypt(in EntryAddress address, ReadOnlySpan<byte> envelope, in EnvelopeHeader header, PooledBuffer scratch, out ReadOnlyMemory<byte> inner)
    {
        inner = default;
        var outcome = _keys.TryAcquire(address.Scope.Isolation, envelope[header.WrappedKey], out var key);
        if (outcome != OpenOutcome.Opened)
        {
            return outcome;
        }

        try
        {
            var body = envelope[(header.Length + EnvelopeLayout.NonceLength)..];
            var ciphertext = body[..^EnvelopeLayout.TagLength];
            var plaintext = scratch.GetSpan(ciphertext.Length)[..ciphertext.Length];
            using var associated = new AssociatedData(stackalloc byte[AssociatedData.UsualLength], envelope[..header.Length], address);
            if (!key!.Ciphers.TryDecrypt(
                envelope.Slice(header.Length, EnvelopeLayout.NonceLength), ciphertext, body[^EnvelopeLayout.TagLength..], plaintext, associated.Bytes))
            {
                return OpenOutcome.Tampered;
            }

            scratch.Advance(ciphertext.Length);
            inner = scratch.WrittenMemory;
            return OpenOutcome.Opened;
        }
        finally
        {
            key!.Release();
        }
    }

    private static OpenOutcome CheckDigest(in EntryAddress address, ReadOnlyMemory<byte> envelope, in EnvelopeHeader header, out ReadOnlyMemory<byte> inner)
    {
        var digest = envelope.Span.Slice(header.Length, EnvelopeLayout.DigestLength);
        inner = envelope[(header.Length + EnvelopeLayout.DigestLength)..];
        using var associated = new AssociatedData(stackalloc byte[AssociatedData.UsualLength], envelope.Span[..header.Length], address);
        return PlainDigest.Matches(associated.Bytes, inner.Span, digest) ? OpenOutcome.Opened : OpenOutcome.Tampered;
    }

    private static OpenOutcome Unfold(
        ReadOnlyMemory<byte> inner, in EnvelopeHeader header, ReadOnlyMemory<byte> envelope, PooledBuffer scratch, out OpenedEnvelope opened)
    {
        opened = default;
        var tag = (ValueTag)inner.Span[0];
        var payload = inner[EnvelopeLayout.InnerHeaderLength..];
        if (!InnerTags.TryTake(ref payload, header.HasTags, out var tags))
        {
            return OpenOutcome.Malformed;
        }

        switch (inner.Span[1])
        {
            case EnvelopeLayout.NotCompressed:
                break;
            case EnvelopeLayout.Brotli when header.IsEncrypted ? TryInflateInPlace(payload, ref tags, scratch) : Compressor.TryInflate(payload.Span, scratch):
                payload = scratch.WrittenMemory;
                break;
            default:
                return OpenOutcome.Malformed;
        }

        if (!IsOfValue(tag))
        {
            return OpenOutcome.Malformed;
        }

        opened = new OpenedEnvelope(tag, payload, header.Deadline, header.Sliding, envelope[header.Generations], header.FreshUntil, tags);
        return OpenOutcome.Opened;
    }

    private static bool IsOfValue(ValueTag tag) => tag is not (ValueTag.None or ValueTag.Encrypted or > ValueTag.Custom);

    /// <summary>The compressed bytes stand in the buffer that the value is to stand in: they move out first.</summary>
    private static bool TryInflateInPlace(ReadOnlyMemory<byte> payload, ref ReadOnlyMemory<byte> tags, PooledBuffer scratch)
    {
        tags = tags.ToArray();
        var compressed = ArrayPool<byte>.Shared.Rent(payload.Length);
        try
        {
            payload.CopyTo(compressed);
            scratch.Clear();
            return Compressor.TryInflate(compressed.AsSpan(0, payload.Length), scratch);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }
}
