namespace ScopedCaching.Caching;

/// <summary>What cached functions need of a cache beside <see cref="ICache"/>.</summary>
internal interface IFunctionCache
{
    /// <summary>The policy of calls that have none.</summary>
    CachePolicy DefaultPolicy { get; }

    /// <summary>
    /// Runs the factory and stores what it returns, whatever is there. Factories that were running are detached; who asks while this one runs and misses
    /// waits for it. An exception leaves what is there. A removal meanwhile wins: then nothing is stored.
    /// </summary>
    ValueTask<T> RefreshAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken);
}
