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
        store.IsEnabled
            ? FetchAsync<T>(address, read ?? EntryRead.Default, lease: null, cancellationToken)
            : new ValueTask<FreshEntry<T>>(new FreshEntry<T> { Outcome = store.Count(ReadOutcome.Miss) });

    public async ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken)
    {
        if (!store.IsEnabled)
        {
            return ReadOutcome.Miss;
        }

        var key = store.Rent(address);
        try
        {
            var pending = store.FetchWithoutValueAsync(key.Memory, cancellationToken);
            var current = await CurrentAsync(_generations.Of(address.Scope), stamp.Generations.Tags, cancellationToken).ConfigureAwait(false);
            var item = await pending.ConfigureAwait(false);
            return !item.Found || SealedStore.IsPlaceholder(item) ? ReadOutcome.Miss
                : item.Version != stamp.Version || !IsAbout(EndsAt(item), stamp.EndsAt) ? ReadOutcome.Miss
                : IsSame(current, stamp.Generations) ? ReadOutcome.Hit
                : ReadOutcome.Outdated;
        }
        catch (Exception fault) when (store.Swallows(fault))
        {
            return ReadOutcome.Unavailable;
        }
        finally
        {
            key.Return();
        }
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
        try
        {
            // All are on their way before the first is awaited: one round trip. The entry is asked for last and awaited first: once it is there the ids are, too, and
            // awaiting those takes no turn of its own.
            var pendingLevel = _generations.StartAsync(scope.Level, cancellationToken);
            var pendingView = scope.View is null ? default : _generations.StartAsync(scope.View, cancellationToken);
            var pendingTags = Start(scope, tags, cancellationToken);
            var item = await store.FetchAsync(key.Memory, lease, cancellationToken).ConfigureAwait(false);
            try
            {
                var level = _generations.Take(scope.Level, await pendingLevel.ConfigureAwait(false));
                var view = scope.View is null ? null : _generations.Take(scope.View, await pendingView.ConfigureAwait(false));
                var current = new CurrentIds(level, scope.View is not null, view, tags, pendingTags.Length == 0 ? [] : await AllAsync(pendingTags).ConfigureAwait(false), readAt);
                var entry = Open<T>(address, key.Memory, item, read, scope, current, out var unasked);
                if (unasked is not null)
                {
                    _foreseen.Remember(address, unasked);
                    current = current with { Tags = unasked, TagIds = await AllAsync(Start(scope, unasked, cancellationToken)).ConfigureAwait(false) };
                    entry = Open<T>(address, key.Memory, item, read, scope, current, out _);
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
            key.Return();
        }
    }

    /// <summary>Opens an item, and looks whether it still counts.</summary>
    private FreshEntry<T> Open<T>(
        in EntryAddress address, ReadOnlyMemory<byte> key, in StoredItem item, EntryRead read, ScopeGenerations scope, in CurrentIds current, out EntryTags? unasked)
    {
        unasked = null;
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
            var outcome = store.TryOpen(address, item, read.Format, scratch, out OpenedEntry opened);
            if (outcome == ReadOutcome.Hit)
            {
                outcome = !current.Cover(opened.Generations, opened.Tags, out unasked) ? ReadOutcome.Outdated
                    : !read.AsPayload && !store.TryRead(opened, read.Format, out value) ? ReadOutcome.Unopenable
                    : opened.FreshUntil is { } end && end <= time.GetUtcNow() ? ReadOutcome.Stale
                    : ReadOutcome.Hit;
            }

            if (outcome is not (ReadOutcome.Hit or ReadOutcome.Stale))
            {
                return new FreshEntry<T> { Outcome = outcome, Version = item.Version, Generations = generations, IsNewer = SealedStore.IsNewer(item) };
            }

            store.SlideOn(key, item, opened.Deadline);
            store.Tell(address, item, opened.Deadline);
            return new FreshEntry<T>
            {
                Outcome = outcome,
                Value = value,
                Payload = read.AsPayload ? opened.ToPayload() : null,
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
