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
}

/// <summary>Which function is called. It holds no arguments and no key, so it may be logged.</summary>
/// <param name="Function">The function's qualified name.</param>
/// <param name="Level">Whose cache.</param>
public readonly record struct CachedFunctionCall(string Function, StorageLevel Level);
