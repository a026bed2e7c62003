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
    public ValueTask<Reading<T>> ReadAsync<T>(RequestMemory? memory, EntryAddress address, WritePlan plan, CancellationToken cancellationToken) =>
        tiers.Doubtful(address, plan) is { } doubtful
            ? RevalidateAsync<T>(memory, address, plan, doubtful, cancellationToken)
            : FetchAsync<T>(memory, address, plan, cancellationToken);

    /// <summary>What must be noted before a read, so that what it finds can be kept afterwards.</summary>
    public (long ReadAt, long Ticket, long Changes) Before(RequestMemory? memory, in EntryAddress address, WritePlan plan) =>
        plan.KeepsLocally ? (time.GetTimestamp(), flights.Ticket(address), memory?.Changes ?? 0) : (0, 0, memory?.Changes ?? 0);

    private async ValueTask<Reading<T>> RevalidateAsync<T>(RequestMemory? memory, EntryAddress address, WritePlan plan, CachedEntry doubtful, CancellationToken cancellationToken)
    {
        var before = Before(memory, address, plan);
        var stamp = doubtful.Stamp!.Value;
        if (await store.RevalidateAsync(address, stamp, cancellationToken).ConfigureAwait(false) == ReadOutcome.Hit && doubtful.TryRead<T>(store, plan.Format, out var known))
        {
            tiers.Renew(address, plan, doubtful, before.ReadAt, before.Ticket);
            return new Reading<T>(
                new FreshEntry<T> { Outcome = ReadOutcome.Hit, Version = stamp.Version, FreshUntil = doubtful.UsableUntil, Generations = stamp.Generations }, known, CacheTier.Shared);
        }

        return await FetchAsync<T>(memory, address, plan, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reading<T>> FetchAsync<T>(RequestMemory? memory, EntryAddress address, WritePlan plan, CancellationToken cancellationToken)
    {
        var before = Before(memory, address, plan);
        var read = Tiers.WantsPayload<T>(memory, plan) ? plan.ReadPayload : plan.Read;
        return Take(await store.ReadAsync<T>(address, read, cancellationToken).ConfigureAwait(false), memory, address, plan, before);
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
            EntryStamp? stamp = entry.Generations is { } generations ? new EntryStamp(entry.Version, generations, entry.Remaining is { } left ? time.GetUtcNow() + left : null) : null;
            var until = entry.FreshUntil ?? entry.Deadline;
            CachedEntry kept = entry.Payload is not null ? new CachedPayload(entry.Payload, plan.Format, stamp, until, before.ReadAt)
                : new CachedValue<T>(value, plan.Format, stamp, until, before.ReadAt);
            tiers.Keep(memory, address, plan, kept, before.Ticket, before.Changes);
        }

        return new Reading<T>(entry, value, entry.Found ? CacheTier.Shared : CacheTier.None);
    }
}
