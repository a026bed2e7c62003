namespace ScopedCaching.Memcached.Transport;

/// <summary>
/// Whether it is worth to look for bytes a few times before sleeping in the kernel until some come. Being woken costs more than a reply takes on a fast network, and a
/// halted core costs it again; but looking in vain costs as much. So it is done as long as it succeeds, and tried now and then when it did not. One thread only.
/// </summary>
internal struct ReceiveSpin
{
    /// <summary>How often the socket is asked: each is a system call of about a third of a microsecond, so some 20 microseconds together.</summary>
    private const int Looks = 64;

    private const int MostFailures = 8;
    private const int TrialEvery = 64;

    private static readonly bool s_hasOtherCores = Environment.ProcessorCount > 1;

    private int _failures;
    private int _skipped;

    /// <summary>How often to look now; 0 for not at all.</summary>
    public int Next()
    {
        if (_failures < MostFailures)
        {
            return s_hasOtherCores ? Looks : 0;
        }

        _skipped++;
        return _skipped % TrialEvery == 0 && s_hasOtherCores ? Looks : 0;
    }

    /// <summary>What came of looking.</summary>
    public void Note(bool hasSucceeded) => _failures = hasSucceeded ? 0 : Math.Min(_failures + 1, MostFailures);
}
