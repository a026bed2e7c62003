namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// What is done where even the store's memory for undelivered removals is full: the generation of the scope's level is removed, for which it has room longer. Its entries miss
/// then, which is what can be promised of so many.
/// </summary>
internal sealed class Undelivered(ICacheStore store, FaultPolicy faults)
{
    /// <summary>Where the generation of a scope's level stands; null for a scope that has none. Said by the layer that knows.</summary>
    public Func<EntryScope, ReadOnlyMemory<byte>?> LevelGeneration { private get; set; } = static _ => null;

    /// <summary>For exception filters, before what becomes of the fault is decided. Always true.</summary>
    public bool IsSeenTo(Exception fault, EntryScope scope)
    {
        if (fault is MemcachedUndeliveredException { IsRemembered: false })
        {
            if (LevelGeneration(scope) is { } generation)
            {
                Remember(generation);
            }
            else
            {
                faults.TellForgotten();
            }
        }

        return true;
    }

    /// <summary>As <see cref="IsSeenTo(Exception, EntryScope)"/>, for a generation that could not be replaced: it is removed, and whatever was written under it misses.</summary>
    public bool IsSeenTo(Exception fault, ReadOnlyMemory<byte> generation)
    {
        if (fault is (MemcachedException and not (MemcachedClientException or MemcachedUndeliveredException { IsRemembered: true })) or IOException)
        {
            Remember(generation);
        }

        return true;
    }

    private void Remember(ReadOnlyMemory<byte> generation)
    {
        if (!store.Remember(generation))
        {
            faults.TellForgotten();
        }
    }
}
