namespace ScopedCaching.Memcached.Embedded;

/// <summary>What <c>stats</c> tells. Changed only under the store's lock.</summary>
internal sealed class ServerStatistics
{
    public long Gets { get; set; }

    public long Sets { get; set; }

    public long Flushes { get; set; }

    public long Touches { get; set; }

    public long Metas { get; set; }

    public long GetHits { get; set; }

    public long GetMisses { get; set; }

    public long DeleteHits { get; set; }

    public long DeleteMisses { get; set; }

    public long IncrementHits { get; set; }

    public long IncrementMisses { get; set; }

    public long DecrementHits { get; set; }

    public long DecrementMisses { get; set; }

    public long CasHits { get; set; }

    public long CasMisses { get; set; }

    public long CasMismatches { get; set; }

    public long TouchHits { get; set; }

    public long TouchMisses { get; set; }

    public long TooLarge { get; set; }

    public long TotalItems { get; set; }

    public long TotalConnections { get; set; }

    public long Evictions { get; set; }

    public void CountGet(bool isHit, bool touches)
    {
        var (hits, misses) = isHit ? (1, 0) : (0, 1);
        Gets++;
        GetHits += hits;
        GetMisses += misses;
        if (touches)
        {
            Touches++;
            TouchHits += hits;
            TouchMisses += misses;
        }
    }
}
