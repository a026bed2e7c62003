namespace ScopedCaching;

/// <summary>
/// Runs the bodies of cached functions when simply calling them is not enough, for example to measure, retry or log them. Set with
/// <see cref="CachedAttribute.Invoker"/> or <see cref="CacheDefaultsAttribute.Invoker"/>; requires a parameterless constructor. One object serves all
/// calls of a function, so it must be thread-safe.
/// </summary>
public interface ICachedFunctionInvoker
{
    /// <summary>Runs the body for a call that was not cached, or that refreshes. The result is stored and returned; an exception is not stored.</summary>
    /// <param name="call">The function.</param>
    /// <param name="state">Must be passed to the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="cancellationToken">Must be passed to the body.</param>
    ValueTask<T> InvokeAsync<TState, T>(
        CachedFunctionCall call, TState state, Func<TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken);

    /// <summary>Called after every call has ended, including calls that ran no body: the place for your own logging. Must not throw.</summary>
    /// <param name="call">The function.</param>
    /// <param name="outcome">The outcome.</param>
    void Ended(CachedFunctionCall call, CachedFunctionOutcome outcome)
    {
    }
}

/// <summary>The outcome of a call of a cached function.</summary>
public enum CachedFunctionOutcome
{
    /// <summary>The result was cached, or came from a body that another call was running.</summary>
    Cached,

    /// <summary>Nothing was cached, and the body ran.</summary>
    Ran,

    /// <summary>The body ran although a value may have been cached: a skipping call, or a refresh.</summary>
    Refreshed,

    /// <summary>The call ended with an exception.</summary>
    Failed,
}

/// <summary>The function that is called. It contains no arguments and no key, so it may be logged.</summary>
/// <param name="Function">The function's qualified name.</param>
/// <param name="Level">The level of the cache.</param>
public readonly record struct CachedFunctionCall(string Function, StorageLevel Level);
