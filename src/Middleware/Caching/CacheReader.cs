using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>What a read through all tiers came to.</summary>
internal readonly struct Reading<T>(FreshEntry<T> entry, T? value, CacheTier tier)
{
    /// <summary>What the shared cache said; the default when it was not asked.</summary>
    public FreshEntry<T> Entry => entry;

    public T? Value => value;

    public CacheTier Tier => tier;

    public bool IsHit => entry.Outcome == ReadOutcome.Hit;
}

/// <summary>Reads the shared cache behind the tiers, and keeps what it finds in them.</summary>
internal sealed class CacheReader(IFreshStore store, Tiers tiers, SingleFlight flights, TimeProvider time)
{
    /// <summary>For who has looked into the tiers already.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reading<T>> ReadAsync<T>(RequestMemory? memory, EntryAddress address, WritePlan plan, CancellationToken cancellationToken)
    {
        var (readAt, ticket, changes) = (time.GetTimestamp(), flights.Ticket(address), memory?.Changes ?? 0);
        if (tiers.Doubtful(address, plan) is { Stamp: { } stamp } doubtful
            && await store.RevalidateAsync(address, stamp, cancellationToken).ConfigureAwait(false) == ReadOutcome.Hit
            && doubtful.TryRead<T>(store, plan.Format, out var known))
        {
            tiers.Renew(address, plan, doubtful, readAt, ticket);
            return new Reading<T>(
                new FreshEntry<T> { Outcome = ReadOutcome.Hit, Version = stamp.Version, FreshUntil = doubtful.UsableUntil, Generations = stamp.Generations }, known, CacheTier.Shared);
        }

        var asPayload = Tiers.WantsPayload<T>(memory, plan);
        var entry = await store.ReadAsync<T>(address, asPayload ? plan.ReadPayload : plan.Read, cancellationToken).ConfigureAwait(false);
        return Take(entry, memory, address, plan, (readAt, ticket, changes));
    }

    /// <summary>The value of an entry that was read, kept in the tiers when it is a hit.</summary>
    public Reading<T> Take<T>(FreshEntry<T> entry, RequestMemory? memory, in EntryAddress address, WritePlan plan, (long ReadAt, long Ticket, long Changes) before)
    {
        var value = entry.Value;
        if (entry.Found && entry.Payload is { } payload && !store.TryUnpack(payload, plan.Format, out value))
        {
            return new Reading<T>(new FreshEntry<T> { Outcome = ReadOutcome.Unopenable, Version = entry.Version, Generations = entry.Generations }, default, CacheTier.None);
        }

        if (entry.Outcome == ReadOutcome.Hit && !entry.IsSliding && (memory is not null || plan.KeepsLocally))
        {
            EntryStamp? stamp = entry.Generations is { } generations ? new EntryStamp(entry.Version, generations, entry.EndsAt) : null;
            var until = entry.FreshUntil ?? entry.Deadline;
            CachedEntry kept = entry.Payload is not null ? new CachedPayload(entry.Payload, plan.Format, stamp, until, before.ReadAt)
                : new CachedValue<T>(value, plan.Format, stamp, until, before.ReadAt);
            tiers.Keep(memory, address, plan, kept, before.Ticket, before.Changes);
        }

        return new Reading<T>(entry, value, entry.Found ? CacheTier.Shared : CacheTier.None);
    }
}
