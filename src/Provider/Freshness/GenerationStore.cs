using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>Reads, makes and replaces the ids of generations. A lost id is replaced by a new one: what was written under the old one stays a miss.</summary>
internal sealed class GenerationStore
{
    /// <summary>Tags come from users, and each customer has its own: so many are kept of all scopes together, then all start over.</summary>
    public const int MostTags = 65_536;

    /// <summary>How often they are counted.</summary>
    public const int CountedEvery = 4_096;

    private const int Attempts = 8;

    private readonly SealedStore _store;
    private readonly ConditionalWeakTable<EntryScope, ScopeGenerations> _scopes = [];

    // Numbers the ids in the order in which they were noticed. No clock does: one that stands still, or jumps, orders nothing.
    private long _noticed;
    private int _tagsMade;

    public GenerationStore(SealedStore store)
    {
        _store = store;

        // Only of scopes whose entries have generations.
        _store.Undelivered.LevelGeneration = scope => _scopes.TryGetValue(scope, out var known) ? known.Level.WireKey : null;
    }

    /// <summary>How many changes of ids were noticed so far.</summary>
    public long Noticed => Volatile.Read(ref _noticed);

    /// <summary>How many tags are kept, of all scopes that are.</summary>
    public int TagsKept => _scopes.Sum(static known => known.Value.TagsKept);

    public ScopeGenerations Of(EntryScope scope) =>
        scope.Noted is ScopeGenerations noted && ReferenceEquals(noted.Owner, this) ? noted : Note(scope);

    /// <summary>Asks for the id; <see cref="Take(Generation, in StoredItem)"/> tells it.</summary>
    /// <remarks>What is refused at once is told like what fails later: a lease that was asked for just before must not be left alone.</remarks>
    public ValueTask<StoredItem> StartAsync(Generation generation, CancellationToken cancellationToken)
    {
        try
        {
            return _store.FetchAsync(generation.WireKey, lease: null, cancellationToken);
        }
        catch (Exception refusal) when (refusal is MemcachedException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            return ValueTask.FromException<StoredItem>(refusal);
        }
    }

    /// <summary>The id, null when there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Guid?> ReadAsync(Generation generation, CancellationToken cancellationToken)
    {
        var item = await _store.FetchAsync(generation.WireKey, lease: null, cancellationToken).ConfigureAwait(false);
        return Take(generation, item);
    }

    /// <summary>The id, made now when there is none.</summary>
    public async ValueTask<Guid> EnsureAsync(Generation generation, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var item = await _store.FetchAsync(generation.WireKey, lease: null, cancellationToken).ConfigureAwait(false);
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
            if (await _store.StoreIdAsync(generation.Address, generation.WireKey, Possible(condition), version, cancellationToken).ConfigureAwait(false) is { } made)
            {
                generation.RememberMade(made, ref _noticed);
                return made;
            }
        }

        throw new MemcachedConnectionException("A generation could not be made: others replace it all the time.");
    }

    /// <summary>Makes the id where there is none; null where there is one, or where that cannot be told.</summary>
    public ValueTask<Guid?> CreateAsync(Generation generation, CancellationToken cancellationToken) =>
        _store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap) ? MakeAsync(generation, WriteCondition.IfAbsent, cancellationToken) : default;

    /// <summary>The store's version of what is there, 0 for nothing.</summary>
    public async ValueTask<ulong> VersionAsync(Generation generation, CancellationToken cancellationToken) =>
        (await _store.FetchWithoutValueAsync(generation.WireKey, cancellationToken).ConfigureAwait(false)).Version;

    /// <summary>Replaces the id.</summary>
    public async ValueTask RenewAsync(Generation generation, CancellationToken cancellationToken) =>
        await MakeAsync(generation, WriteCondition.Always, cancellationToken).ConfigureAwait(false);

    private async ValueTask<Guid?> MakeAsync(Generation generation, WriteCondition condition, CancellationToken cancellationToken)
    {
        var made = await _store.StoreIdAsync(generation.Address, generation.WireKey, condition, version: 0, cancellationToken).ConfigureAwait(false);
        if (made is { } id)
        {
            generation.RememberMade(id, ref _noticed);
        }

        return made;
    }

    // Where nothing can be compared, ids made at once replace each other, which costs misses and never brings anything back.
    private WriteCondition Possible(WriteCondition condition) => _store.Capabilities.HasFlag(StoreCapabilities.CompareAndSwap) ? condition : WriteCondition.Always;

    /// <summary>The id that an item holds, null for none. The item is given back.</summary>
    /// <exception cref="MemcachedConnectionException">Nobody could be asked, so that there may be one.</exception>
    public Guid? Take(Generation generation, in StoredItem item)
    {
        var isReached = true;
        var id = Take(generation, item, ref isReached);
        return isReached ? id : throw new MemcachedConnectionException("A generation could not be read.");
    }

    /// <summary>As <see cref="Take(Generation, in StoredItem)"/>; where nobody could be asked, <paramref name="isReached"/> becomes false.</summary>
    public Guid? Take(Generation generation, in StoredItem item, ref bool isReached)
    {
        try
        {
            if (!item.Found)
            {
                isReached &= !item.IsUnreachable;
                return null;
            }

            if (generation.Recall(item.Value.Span) is { } known)
            {
                return known;
            }

            var id = _store.TryOpenId(generation.Address, item);
            if (id is { } opened)
            {
                generation.Remember(item.Value.Span, opened, item.Version, ref _noticed);
            }

            return id;
        }
        finally
        {
            item.Release();
        }
    }

    // A scope that several caches use is noted by one of them, and looked up by the others.
    private ScopeGenerations Note(EntryScope scope)
    {
        var known = _scopes.GetValue(scope, Create);
        scope.Noted ??= known;
        return known;
    }

    private ScopeGenerations Create(EntryScope scope) => new(this, scope, address =>
    {
        var rented = _store.Rent(address, KeyDomain.Generation);
        var key = rented.Memory.ToArray();
        rented.Return();
        return key;
    });

    /// <summary>A scope keeps one more. Scopes of sessions come and go with their tags, so those that are there are counted now and then.</summary>
    public void NoteTag()
    {
        if (Interlocked.Increment(ref _tagsMade) % CountedEvery == 0 && TagsKept > MostTags)
        {
            foreach (var (_, known) in _scopes)
            {
                known.ForgetTags();
            }
        }
    }
}
