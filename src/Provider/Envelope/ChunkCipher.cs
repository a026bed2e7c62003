using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Seals and opens the chunks of one payload, as <see cref="ChunkManifest"/> draws them. One caller at a time; disposing ends the cipher and zeroes the key.</summary>
internal sealed class ChunkCipher(ChunkManifest manifest) : IDisposable
{
    private const int AssociatedLength = 16 + sizeof(int) + sizeof(int) + sizeof(long);

    private readonly AesGcm? _cipher = manifest.Secret is null ? null : new AesGcm(manifest.Secret, EnvelopeLayout.TagLength);

    /// <summary>Seals a part; <paramref name="chunk"/> is longer by <see cref="ChunkManifest.Overhead"/>.</summary>
    public void Seal(int index, ReadOnlySpan<byte> part, Span<byte> chunk)
    {
        Span<byte> associated = stackalloc byte[AssociatedLength];
        WriteAssociated(index, associated);
        if (_cipher is null)
        {
            part.CopyTo(chunk[ChunkManifest.Overhead..]);
            PlainDigest.Write(associated, part, chunk[..ChunkManifest.Overhead]);
            return;
        }

        Span<byte> nonce = stackalloc byte[EnvelopeLayout.NonceLength];
        WriteNonce(index, nonce);
        _cipher.Encrypt(nonce, part, chunk[..part.Length], chunk[part.Length..], associated);
    }

    /// <summary>Opens a chunk into <paramref name="part"/>; false when it is not that chunk of this payload, whole and unchanged.</summary>
    public bool TryOpen(int index, ReadOnlySpan<byte> chunk, Span<byte> part)
    {
        if (chunk.Length != part.Length + ChunkManifest.Overhead)
        {
            return false;
        }

        Span<byte> associated = stackalloc byte[AssociatedLength];
        WriteAssociated(index, associated);
        if (_cipher is null)
        {
            chunk[ChunkManifest.Overhead..].CopyTo(part);
            return PlainDigest.Matches(associated, part, chunk[..ChunkManifest.Overhead]);
        }

        Span<byte> nonce = stackalloc byte[EnvelopeLayout.NonceLength];
        WriteNonce(index, nonce);
        try
        {
            _cipher.Decrypt(nonce, chunk[..part.Length], chunk[part.Length..], part, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        CryptographicOperations.ZeroMemory(manifest.Secret);
    }

    private void WriteAssociated(int index, Span<byte> associated)
    {
        manifest.Id.TryWriteBytes(associated);
        BinaryPrimitives.WriteInt32LittleEndian(associated[16..], index);
        BinaryPrimitives.WriteInt32LittleEndian(associated[20..], manifest.Count);
        BinaryPrimitives.WriteInt64LittleEndian(associated[24..], manifest.Length);
    }

    private static void WriteNonce(int index, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(nonce, index);
    }
}
