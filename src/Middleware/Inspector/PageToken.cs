using System.Buffers.Binary;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching.Inspector;

/// <summary>
/// What a request that changes or reveals something must bring, and only a page of this origin can have read: sealed under DataProtection, bound to who is signed in, good for an
/// hour. Needs nothing kept on the server and no cookie of its own; every instance that shares the key ring takes it.
/// </summary>
internal sealed class PageToken(IDataProtectionProvider protection, TimeProvider time)
{
    public const string Header = "X-Cache-Inspector";

    private const int LongestToken = 1024;

    private static readonly TimeSpan s_life = TimeSpan.FromHours(1);

    private readonly IDataProtector _protector = protection.CreateProtector("ScopedCaching.Inspector.PageToken.v1");

    public string Make(HttpContext context)
    {
        var plain = new byte[sizeof(long) + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(plain, (time.GetUtcNow() + s_life).UtcTicks);
        Who(context.User).CopyTo(plain, sizeof(long));
        return Convert.ToBase64String(_protector.Protect(plain));
    }

    public bool IsGood(HttpContext context)
    {
        var header = context.Request.Headers[Header];
        if (header.Count != 1 || header[0] is not { Length: > 0 and <= LongestToken } text)
        {
            return false;
        }

        try
        {
            var plain = _protector.Unprotect(Convert.FromBase64String(text));
            return plain.Length == sizeof(long) + SHA256.HashSizeInBytes
                && BinaryPrimitives.ReadInt64LittleEndian(plain) > time.GetUtcNow().UtcTicks
                && CryptographicOperations.FixedTimeEquals(plain.AsSpan(sizeof(long)), Who(context.User));
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            return false;
        }
    }

    // All claims, length-prefixed: another user, customer or session is somebody else.
    private static byte[] Who(ClaimsPrincipal user)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var identity in user.Identities.Where(static identity => identity.IsAuthenticated))
        {
            Append(identity.AuthenticationType ?? "");
            foreach (var claim in identity.Claims)
            {
                Append(claim.Type);
                Append(claim.Value);
            }
        }

        return hash.GetHashAndReset();

        void Append(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }
}
