using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>What kind of thing a wire key names; part of what is hashed, or told by the key's suffix, so that kinds never meet.</summary>
internal enum KeyDomain : byte
{
    Entry = 0,
    Counter = 1,
    Generation = 2,

    /// <summary>An entry's companion: its key is the entry's but for the suffix, so that it stands on the entry's server.</summary>
    Lease = 3,
    SealedCounter = 4,
}

/// <summary>
/// The wire key of an address: prefix and level for an operator's eyes, then a hash of the whole address, so that no text of the
/// caller's reaches the wire. HMAC-SHA256 where there is a secret, SHA-256 otherwise. What is no entry bears its kind behind a <c>~</c>, which is
/// no part of the route (<see cref="ICacheStore"/>) and stands nowhere else in the key.
/// </summary>
internal sealed class SealedKeys(string? secret)
{
    private const int OnStack = 1024;

    private readonly byte[]? _secret = secret is null ? null : Encoding.UTF8.GetBytes(secret);

    /// <summary>The wire key in rented memory; the caller returns it once.</summary>
    public RentedKey Rent(in EntryAddress address, KeyDomain domain = KeyDomain.Entry)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(address, domain == KeyDomain.Lease ? KeyDomain.Entry : domain, hash);
        var readable = address.Scope.Readable;
        var suffix = SuffixOf(domain);
        var array = ArrayPool<byte>.Shared.Rent(readable.Length + Base64Url.GetEncodedLength(hash.Length) + suffix.Length);
        Encoding.ASCII.GetBytes(readable, array);
        var length = readable.Length + Base64Url.EncodeToUtf8(hash, array.AsSpan(readable.Length));
        suffix.CopyTo(array.AsSpan(length));
        return new RentedKey(array, length + suffix.Length);
    }

    /// <summary>The first half of the hash's first 16 bytes, in hexadecimal: enough to tell entries apart in a log.</summary>
    public string Fingerprint(in EntryAddress address)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(address, KeyDomain.Entry, hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    private static ReadOnlySpan<byte> SuffixOf(KeyDomain domain) => domain switch
    {
        KeyDomain.Counter => "~c"u8,
        KeyDomain.Generation => "~g"u8,
        KeyDomain.Lease => "~l"u8,
        KeyDomain.SealedCounter => "~s"u8,
        _ => default,
    };

    private void Hash(in EntryAddress address, KeyDomain domain, Span<byte> hash)
    {
        var length = address.CanonicalLength + 1;
        var rented = length <= OnStack ? null : ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var canonical = (rented ?? stackalloc byte[OnStack])[..length];
            canonical[0] = (byte)domain;
            address.WriteCanonical(canonical[1..]);
            if (_secret is null)
            {
                SHA256.HashData(canonical, hash);
            }
            else
            {
                HMACSHA256.HashData(_secret, canonical, hash);
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}

/// <summary>A wire key in rented memory with one owner.</summary>
internal readonly struct RentedKey(byte[] array, int length)
{
    public ReadOnlyMemory<byte> Memory => array.AsMemory(0, length);

    public void Return() => ArrayPool<byte>.Shared.Return(array);
}
