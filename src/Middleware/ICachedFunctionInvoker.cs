namespace ScopedCaching;

/// <summary>
/// Runs the bodies of cached functions, where simply running them does not do: to time them, retry them, log them. Named by
/// <see cref="CachedAttribute.Invoker"/> or <see cref="CacheDefaultsAttribute.Invoker"/>; needs a constructor without parameters. One object serves all
/// calls of a function, so it must be thread-safe.
/// </summary>
public interface ICachedFunctionInvoker
{
    /// <summary>Runs the body of a call that was not cached, or is to be refreshed. What it returns is stored and returned; an exception is not stored.</summary>
    /// <param name="call">Which function.</param>
    /// <param name="state">To be handed to the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="cancellationToken">To be handed to the body.</param>
    ValueTask<T> InvokeAsync<TState, T>(
        CachedFunctionCall call, TState state, Func<TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken);

    /// <summary>Told of every call when it has ended, of those too that ran no body: the place for logging of one's own. Must not throw.</summary>
    /// <param name="call">Which function.</param>
    /// <param name="outcome">What came of it.</param>
    void Ended(CachedFunctionCall call, CachedFunctionOutcome outcome)
    {
    }
}

/// <summary>What came of a call of a cached function.</summary>
public enum CachedFunctionOutcome
{
    /// <summary>The result was cached, or that of a body which another call was running.</summary>
    Cached,

    /// <summary>Nothing was cached, and the body ran.</summary>
    Ran,

    /// <summary>The body ran although there may have been something cached: a call that skips, or a refresh.</summary>
    Refreshed,

    /// <summary>It ended with an exception.</summary>
    Failed,
}

/// <summary>Which function is called. It holds no arguments and no key, so it may be logged.</summary>
/// <param name="Function">The function's qualified name.</param>
/// <param name="Level">Whose cache.</param>
public readonly record struct CachedFunctionCall(string Function, StorageLevel Level);
