using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>Reads, makes and replaces the ids of generations. A lost id is replaced by a new one: what was written under the old one stays a miss.</summary>
internal sealed class GenerationStore(SealedStore store, TimeProvider time)
{
    private const int Attempts = 8;

    private readonly ConditionalWeakTable<EntryScope, ScopeGenerations> _scopes = [];

    public ScopeGenerations Of(EntryScope scope) => _scopes.TryGetValue(scope, out var known) ? known : _scopes.GetValue(scope, Create);

    /// <summary>Asks for the id; <see cref="Take"/> tells it.</summary>
    public ValueTask<StoredItem> StartAsync(Generation generation, CancellationToken cancellationToken) =>
        store.FetchAsync(generation.WireKey, lease: null, cancellationToken);

    /// <summary>The id, null when there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Guid?> ReadAsync(Generation generation, CancellationToken cancellationToken)
    {
        var item = await store.FetchAsync(generation.WireKey, lease: null, cancellationToken).ConfigureAwait(false);
        return Take(generation, item);
    }

    /// <summary>The id, made now when there is none.</summary>
    public async ValueTask<Guid> EnsureAsync(Generation generation, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var item = await store.FetchAsync(generation.WireKey, lease: null, cancellationToken).ConfigureAwait(false);
            if (SealedStore.IsNewer(item))
            {
                item.Release();
                throw new MemcachedConnectionException("A generation was written by a newer version of this library.");
            }

            var (found, version) = (item.Found, item.Version);
            if (Take(generation, item) is { } id)
            {
                return id;
            }

            // One that does not open is as good as lost; who replaces it must not replace a newer one.
            var condition = found ? WriteCondition.IfVersion : WriteCondition.IfAbsent;
            if (await store.StoreIdAsync(generation.Address, generation.WireKey, Possible(condition), version, cancellationToken).ConfigureAwait(false) is { } made)
            {
                return made;
            }
        }

        throw new MemcachedConnectionException("A generation could not be made: others replace it all the time.");
    }

    /// <summary>Makes the id where there is none; null where there is one, or where that cannot be told.</summary>
    public ValueTask<Guid?> CreateAsync(Generation generation, CancellationToken cancellationToken) => !store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap)
        ? default
        : store.StoreIdAsync(generation.Address, generation.WireKey, WriteCondition.IfAbsent, version: 0, cancellationToken);

    /// <summary>The store's version of what is there, 0 for nothing.</summary>
    public async ValueTask<ulong> VersionAsync(Generation generation, CancellationToken cancellationToken) =>
        (await store.FetchWithoutValueAsync(generation.WireKey, cancellationToken).ConfigureAwait(false)).Version;

    /// <summary>Replaces the id.</summary>
    public async ValueTask RenewAsync(Generation generation, CancellationToken cancellationToken) =>
        await store.StoreIdAsync(generation.Address, generation.WireKey, WriteCondition.Always, version: 0, cancellationToken).ConfigureAwait(false);

    // Where nothing can be compared, ids made at once replace each other, which costs misses and never brings anything back.
    private WriteCondition Possible(WriteCondition condition) => store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap) ? condition : WriteCondition.Always;

    /// <summary>The id that an item holds, null for none. The item is given back.</summary>
    public Guid? Take(Generation generation, in StoredItem item)
    {
        try
        {
            if (!item.Found)
            {
                return null;
            }

            if (generation.Recall(item.Value.Span) is { } known)
            {
                return known;
            }

            var id = store.TryOpenId(generation.Address, item);
            if (id is { } opened)
            {
                generation.Remember(item.Value.Span, opened, item.Version, time.GetTimestamp());
            }

            return id;
        }
        finally
        {
            item.Release();
        }
    }

    private ScopeGenerations Create(EntryScope scope) => new(scope, address =>
    {
        var rented = store.Rent(address, KeyDomain.Generation);
        var key = rented.Memory.ToArray();
        rented.Return();
        return key;
    });
}
