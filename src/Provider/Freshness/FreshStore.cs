using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>
/// Reads entries together with the ids that they depend on. Each file is a part of it: many entries at once, writes, conditions, leases, generations.
/// </summary>
internal sealed partial class FreshStore(SealedStore store, TimeProvider time) : IFreshStore
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(2);

    private readonly GenerationStore _generations = new(store);
    private readonly ForeseenTags _foreseen = new();

    public ValueTask<FreshEntry<T>> ReadAsync<T>(EntryAddress address, EntryRead? read, CancellationToken cancellationToken) =>
        !store.IsEnabled ? new ValueTask<FreshEntry<T>>(new FreshEntry<T> { Outcome = store.Count(ReadOutcome.Miss) })
        : store.IsDown ? UnreachableAsync<T>()
        : FetchAsync<T>(address, read ?? EntryRead.Default, lease: null, cancellationToken);

    public async ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken)
    {
        if (!store.IsEnabled)
        {
            return ReadOutcome.Miss;
        }

        if (store.IsDown)
        {
            return store.Unreachable();
        }

        var key = store.Rent(address);
        try
        {
            var pending = store.LookAsync(key.Memory, cancellationToken);
            var pendingIds = CurrentAsync(_generations.Of(address.Scope), stamp.Generations.Tags, cancellationToken);
            StoredItem item;
            try
            {
                item = await pending.ConfigureAwait(false);
            }
            catch
            {
                Abandoned.LetGo(pendingIds);
                throw;
            }

            var current = await pendingIds.ConfigureAwait(false);
            if (!item.IsUnreachable)
            {
                return !item.Found || SealedStore.IsPlaceholder(item) ? ReadOutcome.Miss
                    : item.Version != stamp.Version || !IsAbout(EndsAt(item), stamp.EndsAt) ? ReadOutcome.Miss
                    : IsSame(current, stamp.Generations) ? ReadOutcome.Hit
                    : ReadOutcome.Outdated;
            }
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return ReadOutcome.Unavailable;
        }
        finally
        {
            key.Return();
        }

        return store.Unreachable();
    }

    public EntryPayload Pack<T>(T value, EntryFormat? format) => store.Pack(value, format ?? EntryFormat.Default);

    public bool TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return store.TryUnpack(payload, format ?? EntryFormat.Default, out value);
    }

    /// <summary>The one read of an entry: with all that it depends on, and in as few async methods as can be, because every request goes through here.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FreshEntry<T>> FetchAsync<T>(EntryAddress address, EntryRead read, TimeSpan? lease, CancellationToken cancellationToken)
    {
        var scope = _generations.Of(address.Scope);
        var tags = read.Tags.Names.Count > 0 ? read.Tags : _foreseen.Of(address);
        var key = store.Rent(address);
        var readAt = _generations.Noticed;
        ValueTask<StoredItem> pendingLevel = default;
        ValueTask<StoredItem> pendingView = default;
        try
        {
            // All are on their way before the first is awaited, and are sent as one: one round trip. The entry is asked for last and awaited first: once it is there the ids
            // are, too, and awaiting those takes no turn of its own.
            ValueTask<Guid?>[] pendingTags;
            ValueTask<StoredItem> pendingItem;
            store.Gather();
            try
            {
                pendingLevel = _generations.StartAsync(scope.Level, cancellationToken);
                pendingView = scope.View is null ? default : _generations.StartAsync(scope.View, cancellationToken);
                pendingTags = Start(scope, tags, cancellationToken);
                store.GatherLast();
                pendingItem = store.FetchAsync(key.Memory, lease, cancellationToken);
            }
            finally
            {
                store.SendGathered();
            }

            var item = await pendingItem.ConfigureAwait(false);
            try
            {
                var isReached = !item.IsUnreachable;
                var level = _generations.Take(scope.Level, await Abandoned.TakeAsync(ref pendingLevel).ConfigureAwait(false), ref isReached);
                var view = scope.View is null ? null : _generations.Take(scope.View, await Abandoned.TakeAsync(ref pendingView).ConfigureAwait(false), ref isReached);
                if (!isReached)
                {
                    // A server of several is down. A lease that was won is let go below.
                    return item.WonLease || store.Throws ? throw Unreached() : new FreshEntry<T> { Outcome = store.Unreachable() };
                }

                var current = new CurrentIds(level, scope.View is not null, view, tags, pendingTags.Length == 0 ? [] : await AllAsync(pendingTags).ConfigureAwait(false), readAt);
                var entry = Open<T>(address, key.Memory, item, read, scope, current, out var unasked);
                if (unasked is not null)
                {
                    _foreseen.Remember(address, unasked);
                    current = current with { Tags = unasked, TagIds = await AllAsync(Start(scope, unasked, cancellationToken)).ConfigureAwait(false) };
                    entry = Open<T>(address, key.Memory, item, read, scope, current, out _);
                }

                if (entry.IsManifest)
                {
                    entry = await WithLargeValueAsync(address, key.Memory, item, read, entry, cancellationToken).ConfigureAwait(false);
                }

                store.Count(entry.Outcome);
                return entry;
            }
            catch when (item.WonLease)
            {
                await DropAsync(key.Memory, item.Version).ConfigureAwait(false);
                throw;
            }
            finally
            {
                item.Release();
            }
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return new FreshEntry<T> { Outcome = store.Count(ReadOutcome.Unavailable) };
        }
        finally
        {
            Abandoned.LetGo(pendingLevel);
            Abandoned.LetGo(pendingView);
            key.Return();
        }
    }

    private static MemcachedConnectionException Unreached() => new("A cache server cannot be reached, and it is too early to try again.");

    /// <summary>A read that could not be asked for; what is to be thrown comes with the wait, as for any other.</summary>
    private ValueTask<FreshEntry<T>> UnreachableAsync<T>()
    {
        try
        {
            return new ValueTask<FreshEntry<T>>(new FreshEntry<T> { Outcome = store.Unreachable() });
        }
        catch (MemcachedConnectionException fault)
        {
            return ValueTask.FromException<FreshEntry<T>>(fault);
        }
    }

    /// <summary>Opens an item, and looks whether it still counts.</summary>
    private FreshEntry<T> Open<T>(
        in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, EntryRead read, ScopeGenerations scope, in CurrentIds current, out EntryTags? unasked)
    {
        unasked = null;
        if (item.IsUnreachable)
        {
            return new FreshEntry<T> { Outcome = ReadOutcome.Unavailable };
        }

        var generations = current.ToGenerations(scope);
        var isPlaceholder = SealedStore.IsPlaceholder(item);
        if (!item.Found || isPlaceholder)
        {
            return new FreshEntry<T> { Version = item.Version, Generations = generations, WonLease = item.WonLease, IsLeased = isPlaceholder && !item.WonLease };
        }

        var scratch = PooledBuffer.RentFromThread();
        try
        {
            T? value = default;
            var isManifest = SealedStore.IsManifest(item);
            var outcome = store.TryOpen(address, item, read.Format, scratch, out OpenedEntry opened);
            if (outcome == ReadOutcome.Hit)
            {
                outcome = !current.Cover(opened.Generations, opened.Tags, out unasked) ? ReadOutcome.Outdated
                    : !read.AsPayload && !isManifest && !store.TryRead(opened, read.Format, out value) ? ReadOutcome.Unopenable
                    : opened.FreshUntil is { } end && end <= time.GetUtcNow() ? ReadOutcome.Stale
                    : ReadOutcome.Hit;
            }

            if (outcome is not (ReadOutcome.Hit or ReadOutcome.Stale))
            {
                return new FreshEntry<T> { Outcome = outcome, Version = item.Version, Generations = generations, IsNewer = SealedStore.IsNewer(item) };
            }

            if (!isManifest)
            {
                store.SlideOn(key, item, opened.Deadline);
            }

            store.Tell(address, item, opened.Deadline);
            return new FreshEntry<T>
            {
                Outcome = outcome,
                Value = value,
                Payload = read.AsPayload && !isManifest ? opened.ToPayload() : null,
                IsManifest = isManifest,
                Version = item.Version,
                Deadline = opened.Deadline,
                FreshUntil = opened.FreshUntil,
                Remaining = item.Remaining,
                IsSliding = opened.IsSliding,

                // It counts, so it has none of the tags whose ids are missing.
                Generations = generations ?? current.WithoutTags.ToGenerations(scope),
            };
        }
        finally
        {
            scratch.ReturnToThread();
        }
    }

    private DateTimeOffset? EndsAt(in StoredItem item) => item.Remaining is { } left ? time.GetUtcNow() + left : null;

    private static bool IsAbout(DateTimeOffset? one, DateTimeOffset? other) => one is null || other is null ? one == other : (one - other).Value.Duration() <= s_tolerance;
}
