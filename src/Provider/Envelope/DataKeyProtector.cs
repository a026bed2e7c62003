using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Data keys under DataProtection: constant purposes, and the isolation. The isolation goes in as Base64 of its canonical bytes, because a purpose must be
/// well-formed text and a customer key may be anything.
/// </summary>
internal sealed class DataKeyProtector(IDataProtectionProvider provider)
{
    // Stored data depends on these: never changed, and never made of type names.
    private const string Product = "ScopedCaching.Memcached";
    private const string DataKeyPurpose = "data key 1";

    private readonly IDataProtector _root = provider.CreateProtector(Product).CreateProtector(DataKeyPurpose);

    /// <exception cref="Exception">Whatever DataProtection throws, for instance when it cannot reach its keys.</exception>
    public byte[] Wrap(string isolation, byte[] secret) => For(isolation).Protect(secret);

    /// <summary>The secret in pinned memory; null when DataProtection does not unwrap it.</summary>
    public byte[]? TryUnwrap(string isolation, ReadOnlySpan<byte> wrapped)
    {
        byte[] unwrapped;
        try
        {
            unwrapped = For(isolation).Unprotect(wrapped.ToArray());
        }
        catch (Exception)
        {
            // Whatever the reason, it is a miss; KeyRingWatch tells the reasons apart.
            return null;
        }

        try
        {
            if (unwrapped.Length != DataKey.SecretLength)
            {
                return null;
            }

            var secret = NewSecret();
            unwrapped.CopyTo(secret, 0);
            return secret;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(unwrapped);
        }
    }

    public static byte[] NewSecret() => GC.AllocateArray<byte>(DataKey.SecretLength, pinned: true);

    private IDataProtector For(string isolation)
    {
        var canonical = new byte[EntryScope.CanonicalLength(isolation)];
        EntryScope.WriteCanonical(isolation, canonical);
        return _root.CreateProtector(Convert.ToBase64String(canonical));
    }
}
