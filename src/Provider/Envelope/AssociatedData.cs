using System.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// An envelope's header and its entry's address in one piece, which is what <see cref="System.Security.Cryptography.AesGcm"/> takes.
/// Short ones stand in the caller's own memory, long ones are rented until <see cref="Dispose"/>.
/// </summary>
internal ref struct AssociatedData
{
    /// <summary>Enough for a header without generations and an address of some three hundred characters.</summary>
    public const int UsualLength = 1024;

    private readonly Span<byte> _bytes;
    private byte[]? _rented;

    public AssociatedData(Span<byte> usual, ReadOnlySpan<byte> header, in EntryAddress address)
    {
        var length = header.Length + address.CanonicalLength;
        _rented = length <= usual.Length ? null : ArrayPool<byte>.Shared.Rent(length);
        _bytes = (_rented ?? usual)[..length];
        header.CopyTo(_bytes);
        address.WriteCanonical(_bytes[header.Length..]);
    }

    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }
}
