using ScopedCaching;
using ScopedCaching.Memcached;

namespace Functions.Tests.Doubles;

/// <summary>Caches that are not the product's own: one cache at all levels, of which only what cached functions call is there.</summary>
internal abstract class OtherCache : IScopedCache, ICache
{
    public ICache Cache => this;

    public ICache StackCache => this;

    public ICache SessionCache => this;

    public ICache ServiceCache => this;

    public StorageLevel Level => StorageLevel.Stack;

    public virtual ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null) => this;

    public virtual ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public virtual ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public CachePolicy GetPolicy(string name) => throw No();

    public ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken) => throw No();

    public ValueTask<CacheResult<T>> TryGetAsync<T>(string key, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<IReadOnlyList<string>> SetManyAsync<T>(IReadOnlyCollection<KeyValuePair<string, T>> values, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<RemoveOutcome> RemoveAsync(string key, CancellationToken cancellationToken) => throw No();

    public ValueTask<IReadOnlyList<string>> RemoveManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> TouchAsync(string key, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<ulong?> IncrementAsync(string key, long by, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<ulong?> DecrementAsync(string key, long by, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> SetIfUnchangedAsync<T>(string key, T value, CacheVersion version, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<CacheResult<T>> UpdateAsync<T>(string key, Func<CacheResult<T>, T> update, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken) => throw No();

    public ValueTask<bool> ClearAsync(CancellationToken cancellationToken) => throw No();

    public ValueTask<Dictionary<string, T?>> GetOrCreateManyAsync<T>(
        IReadOnlyCollection<string> keys, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken) => throw No();

    private static NotSupportedException No() => new("No test needs this.");
}
