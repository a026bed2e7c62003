using System.Security.Cryptography;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// The digest of envelopes that are not encrypted. It finds accidents: damage, entries under a wrong key. It has no secret, so it does not
/// help against whoever can write to the server.
/// </summary>
internal static class PlainDigest
{
    [ThreadStatic]
    private static IncrementalHash? t_hash;

    public static void Write(scoped ReadOnlySpan<byte> associated, scoped ReadOnlySpan<byte> inner, scoped Span<byte> digest)
    {
        var hash = t_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(associated);
        hash.AppendData(inner);
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        whole[..EnvelopeLayout.DigestLength].CopyTo(digest);
    }

    public static bool Matches(scoped ReadOnlySpan<byte> associated, scoped ReadOnlySpan<byte> inner, scoped ReadOnlySpan<byte> digest)
    {
        Span<byte> expected = stackalloc byte[EnvelopeLayout.DigestLength];
        Write(associated, inner, expected);
        return CryptographicOperations.FixedTimeEquals(expected, digest);
    }
}
