using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <content>From a value to sealed bytes.</content>
internal sealed partial class EnvelopeCodec
{
    /// <summary>
    /// As <see cref="Seal{T}"/>, unless that takes more than <paramref name="most"/> bytes. Then false, and <paramref name="rest"/> tells the value's bytes, not
    /// sealed, which stand in <paramref name="destination"/>.
    /// </summary>
    public bool TrySeal<T>(
        in EntryAddress address, T value, in EnvelopeTerms terms, EntryFormat format, long most, PooledBuffer destination, out ValueTag tag, out UnsealedValue rest)
    {
        var start = destination.Length;
        bool isSealed;
        Inner inner;
        var encrypts = format.Encrypt ?? _encrypt;
        if (encrypts)
        {
            var key = _keys.AcquireForSealing(address.Scope.Isolation);
            try
            {
                isSealed = TrySealEncrypted(key, address, value, terms, format, most, destination, out inner);
            }
            finally
            {
                key.Release();
            }
        }
        else
        {
            isSealed = TrySealPlain(address, value, terms, format, most, destination, out inner);
        }

        tag = encrypts ? ValueTag.Encrypted : inner.Tag;
        rest = isSealed ? default : new UnsealedValue(
            destination.WrittenMemory[inner.Payload..],
            inner.Tag,
            inner.IsCompressed,
            encrypts,
            destination.Length - start + (encrypts ? EnvelopeLayout.TagLength : 0));
        return isSealed;
    }

    private bool TrySealEncrypted<T>(
        DataKey key, in EntryAddress address, T value, in EnvelopeTerms terms, EntryFormat format, long most, PooledBuffer destination, out Inner inner)
    {
        var start = destination.Length;
        EnvelopeLayout.WriteHeader(terms, key.Wrapped.Span, destination);
        var headerLength = destination.Length - start;
        _random.FillNonce(destination.GetSpan(EnvelopeLayout.NonceLength)[..EnvelopeLayout.NonceLength]);
        destination.Advance(EnvelopeLayout.NonceLength);
        inner = WriteInner(value, terms.Tags.Span, format, destination);
        if (destination.Length - start + EnvelopeLayout.TagLength > most)
        {
            return false;
        }

        destination.GetSpan(EnvelopeLayout.TagLength);
        destination.Advance(EnvelopeLayout.TagLength);

        var whole = destination.WrittenForUpdate[start..];
        var body = whole[(headerLength + EnvelopeLayout.NonceLength)..];
        using var associated = new AssociatedData(stackalloc byte[AssociatedData.UsualLength], whole[..headerLength], address);
        key.Ciphers.Encrypt(
            whole.Slice(headerLength, EnvelopeLayout.NonceLength), body[..^EnvelopeLayout.TagLength], body[^EnvelopeLayout.TagLength..], associated.Bytes);
        return true;
    }

    private bool TrySealPlain<T>(
        in EntryAddress address, T value, in EnvelopeTerms terms, EntryFormat format, long most, PooledBuffer destination, out Inner inner)
    {
        var start = destination.Length;
        EnvelopeLayout.WriteHeader(terms, wrappedKey: default, destination);
        var headerLength = destination.Length - start;
        destination.GetSpan(EnvelopeLayout.DigestLength);
        destination.Advance(EnvelopeLayout.DigestLength);
        inner = WriteInner(value, terms.Tags.Span, format, destination);
        if (destination.Length - start > most)
        {
            return false;
        }

        var whole = destination.WrittenForUpdate[start..];
        var body = whole[headerLength..];
        using var associated = new AssociatedData(stackalloc byte[AssociatedData.UsualLength], whole[..headerLength], address);
        PlainDigest.Write(associated.Bytes, body[EnvelopeLayout.DigestLength..], body[..EnvelopeLayout.DigestLength]);
        return true;
    }

    private Inner WriteInner<T>(T value, ReadOnlySpan<byte> tags, EntryFormat format, PooledBuffer destination)
    {
        var start = destination.Length;
        destination.GetSpan(EnvelopeLayout.InnerHeaderLength);
        destination.Advance(EnvelopeLayout.InnerHeaderLength);
        InnerTags.Write(tags, destination);
        var payload = destination.Length;
        if (value is HeldManifest held)
        {
            return held.Write(start, destination);
        }

        var tag = value is OpenedEnvelope opened ? Copy(opened, destination) : _values.Write(value, format.Serializer, destination);
        var compressed = (format.Compress ?? _compress) && destination.Length - payload >= _compressionThreshold && Compressor.TryCompress(destination, payload);
        var inner = destination.WrittenForUpdate[start..];
        (inner[0], inner[1]) = ((byte)tag, compressed ? EnvelopeLayout.Brotli : EnvelopeLayout.NotCompressed);
        return new Inner(tag, compressed, payload);
    }

    private static ValueTag Copy(in OpenedEnvelope opened, PooledBuffer destination)
    {
        destination.Write(opened.Payload.Span);
        return opened.Tag;
    }

    /// <summary>What stands in front of a payload, and where the payload begins.</summary>
    private readonly record struct Inner(ValueTag Tag, bool IsCompressed, int Payload);
}
