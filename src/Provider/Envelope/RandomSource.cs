using System.Security.Cryptography;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Data keys and nonces. A class of its own so that golden bytes can be tested under fixed ones.</summary>
internal class RandomSource
{
    private const int RefillLength = 4096;

    [ThreadStatic]
    private static byte[]? t_buffer;

    [ThreadStatic]
    private static int t_left;

    public static RandomSource Secure { get; } = new();

    public virtual void FillKey(Span<byte> key) => RandomNumberGenerator.Fill(key);

    /// <summary>
    /// 96 random bits. Asking the system for each nonce costs nearly as much as encrypting a kilobyte, so every thread draws some at once;
    /// what was handed out is cleared.
    /// </summary>
    public virtual void FillNonce(Span<byte> nonce)
    {
        var buffer = t_buffer ??= new byte[RefillLength];
        if (t_left < nonce.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            t_left = buffer.Length;
        }

        t_left -= nonce.Length;
        var next = buffer.AsSpan(t_left, nonce.Length);
        next.CopyTo(nonce);
        next.Clear();
    }
}
