using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// The cipher of one data key. An <see cref="AesGcm"/> is not thread-safe (shared, it gives wrong plaintexts and reuses keystreams without an
/// exception), so each is rented by one thread at a time. A thread that finds none makes one; one that finds no room to give it back disposes it.
/// </summary>
/// <remarks>Owns the secret. <see cref="Close"/> only when nobody encrypts or decrypts any more: <see cref="DataKey"/> counts.</remarks>
internal sealed class AesGcmPool
{
    private const int MostSlots = 16;

    // More than processors: a thread may lose its own in the middle of the work, and come back on another.
    private static readonly int s_slots = Math.Clamp(2 * Environment.ProcessorCount, 1, MostSlots);

    private readonly byte[] _secret;
    private readonly Slot[] _idle = new Slot[s_slots];

    /// <param name="secret">256 bits in pinned memory, so that the collector leaves no copies behind. Owned from now on.</param>
    public AesGcmPool(byte[] secret) => _secret = secret;

    public void Encrypt(ReadOnlySpan<byte> nonce, Span<byte> inPlace, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        var cipher = Rent();
        try
        {
            cipher.Encrypt(nonce, inPlace, inPlace, tag, associated);
        }
        catch
        {
            cipher.Dispose();
            throw;
        }

        Return(cipher);
    }

    public bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> associated)
    {
        var cipher = Rent();
        try
        {
            cipher.Decrypt(nonce, ciphertext, tag, plaintext, associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            Return(cipher);
            return false;
        }
        catch
        {
            cipher.Dispose();
            throw;
        }

        Return(cipher);
        return true;
    }

    /// <summary>Zeroes the secret and ends the ciphers.</summary>
    public void Close()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            Interlocked.Exchange(ref _idle[i].Cipher, value: null)?.Dispose();
        }

        CryptographicOperations.ZeroMemory(_secret);
    }

    private AesGcm Rent()
    {
        var own = Thread.GetCurrentProcessorId();
        for (var i = 0; i < _idle.Length; i++)
        {
            ref var slot = ref SlotAt(own + i);
            if (slot.Cipher is not null && Interlocked.Exchange(ref slot.Cipher, value: null) is { } cipher)
            {
                return cipher;
            }
        }

        return new AesGcm(_secret, EnvelopeLayout.TagLength);
    }

    private void Return(AesGcm cipher)
    {
        var own = Thread.GetCurrentProcessorId();
        for (var i = 0; i < _idle.Length; i++)
        {
            ref var slot = ref SlotAt(own + i);
            if (slot.Cipher is null && Interlocked.CompareExchange(ref slot.Cipher, cipher, comparand: null) is null)
            {
                return;
            }
        }

        cipher.Dispose();
    }

    private ref Slot SlotAt(int index) => ref _idle[(uint)index % (uint)_idle.Length];

    /// <summary>A cache line each, so that processors do not wait for one another.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Slot
    {
        public AesGcm? Cipher;
#pragma warning disable CS0169, IDE0051, CA1823 // Never read: it keeps the next slot off this cache line (StructLayout's Size does not apply to structs that hold references).
        private readonly long _1, _2, _3, _4, _5, _6, _7;
#pragma warning restore CS0169, IDE0051, CA1823
    }
}
