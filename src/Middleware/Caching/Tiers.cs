using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>The memories in front of the shared cache: the request's, then the process's. Scoped as entries are, by their full address.</summary>
internal sealed class Tiers(IFreshStore store, LocalTier local, SingleFlight flights, bool polls, TimeProvider time) : IDisposable
{
    private GenerationPoll? _poll;
    private long _clearedAt = long.MinValue;

    /// <summary>Whether what is read will be kept, and so is needed as bytes.</summary>
    public static bool WantsPayload<T>(RequestMemory? memory, WritePlan plan) =>
        !Sharing<T>.IsSafe && ((memory is not null && plan.Policy.OncePerRequest) || plan.KeepsLocally);

    /// <param name="memory">The request's; null outside requests.</param>
    /// <param name="address">The entry.</param>
    /// <param name="plan">How it is read.</param>
    /// <param name="now">A timestamp of now.</param>
    /// <param name="value">What was found.</param>
    /// <param name="tier">Where.</param>
    public bool TryGet<T>(RequestMemory? memory, in EntryAddress address, WritePlan plan, long now, out T? value, out CacheTier tier)
    {
        // Not HasFlag: without the compiler's optimizations that allocates.
        if ((plan.View.Access & TierAccess.ReadMemory) == TierAccess.None)
        {
            (value, tier) = (default, CacheTier.None);
            return false;
        }

        if (memory is not null && plan.Policy.OncePerRequest && memory.TryGet(address, out var known) && known is CachedEntry seen && IsInTime(seen)
            && seen.TryRead(store, plan.Format, out value))
        {
            tier = CacheTier.Request;
            return true;
        }

        if (plan.KeepsLocally && local.TryGet(address, now, out var entry) && entry is CachedEntry kept && kept.ReadAt > Volatile.Read(ref _clearedAt)
            && kept.TryRead(store, plan.Format, out value))
        {
            tier = CacheTier.Local;
            return true;
        }

        (value, tier) = (default, CacheTier.None);
        return false;
    }

    /// <summary>An entry whose local time is over but that may still be current, so that asking by its version is enough.</summary>
    public CachedEntry? Doubtful(in EntryAddress address, WritePlan plan) =>
        plan.KeepsLocally && local.TryPeek(address, out var entry) && entry is CachedEntry { Stamp.Version: not 0 } kept && IsInTime(kept) ? kept : null;

    /// <summary>The entry is current still: it is kept for another local time.</summary>
    public void Renew(in EntryAddress address, WritePlan plan, CachedEntry entry, long readAt, long ticket) =>
        _ = plan.View.Access.HasFlag(TierAccess.WriteMemory) && IsWatched(address, plan, entry) && flights.Publish(address, ticket, () =>
        {
            entry.ReadAt = readAt;
            entry.EndsAt = EndOf(plan, entry, readAt);
        });

    /// <summary>Keeps what was read, unless it was changed since: <paramref name="ticket"/> and the request memory's <paramref name="changes"/> were taken before the read.</summary>
    public void Keep(RequestMemory? memory, in EntryAddress address, WritePlan plan, CachedEntry entry, long ticket, long changes)
    {
        if (!plan.View.Access.HasFlag(TierAccess.WriteMemory))
        {
            return;
        }

        if (plan.Policy.OncePerRequest)
        {
            memory?.Keep(address, entry, entry.Size, changes);
        }

        if (plan.KeepsLocally)
        {
            entry.EndsAt = EndOf(plan, entry, entry.ReadAt);
            var kept = address;
            if (IsWatched(kept, plan, entry))
            {
                flights.Publish(address, ticket, () => local.Set(kept, entry));
            }
        }
    }

    /// <summary>A value that this process has made, as it is kept.</summary>
    public CachedEntry Entry<T>(T value, EntryWrite write, WritePlan plan, EntryStamp? stamp, long readAt)
    {
        var until = (write.FreshFor ?? write.Life.Absolute) is { } life ? time.GetUtcNow() + life : (DateTimeOffset?)null;
        return Sharing<T>.IsSafe
            ? new CachedValue<T>(value, plan.Format, stamp, until, readAt)
            : new CachedPayload(store.Pack(value, plan.Format), plan.Format, stamp, until, readAt);
    }

    /// <summary>Before a change of the entry, and after it.</summary>
    public void Forget(RequestMemory? memory, in EntryAddress address)
    {
        memory?.Forget(address);
        local.Remove(address);
    }

    /// <summary>Before a clear, and after it: nothing is answered from the process's memory without asking, until it was asked for again.</summary>
    public void Doubt(RequestMemory? memory)
    {
        memory?.ForgetAll();
        Volatile.Write(ref _clearedAt, time.GetTimestamp());
    }

    public void Dispose() => _poll?.Dispose();

    /// <summary>Where generations are watched, only what depends on known ones is kept; and what was never in the shared cache, so that it depends on none there.</summary>
    private bool IsWatched(in EntryAddress address, WritePlan plan, CachedEntry entry)
    {
        if (!polls || (entry.Stamp is null && !plan.View.Access.HasFlag(TierAccess.WriteShared)))
        {
            return true;
        }

        var poll = LazyInitializer.EnsureInitialized(ref _poll, () => new GenerationPoll(store, () => Doubt(memory: null), time));
        return entry.Stamp is { } stamp && poll.Watch(address.Scope, stamp.Generations);
    }

    private bool IsInTime(CachedEntry entry) => entry.UsableUntil is not { } until || until > time.GetUtcNow();

    private long EndOf(WritePlan plan, CachedEntry entry, long readAt)
    {
        var life = plan.Policy.LocalFor ?? TimeSpan.Zero;
        if (entry.UsableUntil - time.GetUtcNow() is { } left)
        {
            // Shortly before its end an entry is to be refreshed, which takes a look at the shared cache.
            left -= plan.Policy.RefreshAhead ?? TimeSpan.Zero;
            life = left < life ? left : life;
        }

        return readAt + (long)(life.TotalSeconds * time.TimestampFrequency);
    }
}
