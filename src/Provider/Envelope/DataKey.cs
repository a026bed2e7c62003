namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// An unwrapped data key. The cache of data keys holds the first reference; every use takes one and gives it back. When the last is gone the
/// secret is zeroed, so that a key dropped in the middle of somebody's encryption stays whole until that is done.
/// </summary>
internal sealed class DataKey
{
    public const int SecretLength = 32;

    private int _references = 1;
    private long _verifiedAt;
    private long _messages;

    public DataKey(string isolation, byte[] wrapped, byte[] secret, long createdAt)
    {
        (Isolation, Wrapped, CreatedAt, _verifiedAt) = (isolation, wrapped, createdAt, createdAt);
        Ciphers = new AesGcmPool(secret);
    }

    public string Isolation { get; }

    /// <summary>The secret as DataProtection protected it; stands in the header of every entry sealed under this key.</summary>
    public ReadOnlyMemory<byte> Wrapped { get; }

    /// <summary>A timestamp of the time provider.</summary>
    public long CreatedAt { get; }

    /// <summary>When DataProtection last unwrapped it; a timestamp of the time provider.</summary>
    public long VerifiedAt => Volatile.Read(ref _verifiedAt);

    public AesGcmPool Ciphers { get; }

    /// <summary>Counts one more message and returns how many there were.</summary>
    public long CountMessage() => Interlocked.Increment(ref _messages);

    /// <summary>True for the one caller who is to verify the key again; the others go on.</summary>
    public bool TryBeginVerification(long seen, long now) => Interlocked.CompareExchange(ref _verifiedAt, now, seen) == seen;

    /// <summary>Takes a reference; false when the key was dropped.</summary>
    public bool TryAcquire()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Gives a reference back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Ciphers.Close();
        }
    }
}

/// <summary>When data keys are replaced, checked and forgotten.</summary>
internal sealed record DataKeyLimits
{
    public static DataKeyLimits Default { get; } = new();

    /// <summary>No more messages are sealed under a key older than this.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>2^30 random 96-bit nonces repeat with a probability of 2^-37.</summary>
    public long Messages { get; init; } = 1L << 30;

    /// <summary>How long a revocation may go unnoticed.</summary>
    public TimeSpan VerifyEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many unwrapped keys are kept.</summary>
    public int Capacity { get; init; } = 4096;

    /// <summary>How many failing unwraps are tried a second, so that a hostile server cannot keep us busy with them.</summary>
    public int FailuresPerSecond { get; init; } = 100;
}
