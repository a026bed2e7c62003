using ScopedCaching.Caching;

namespace ScopedCaching.Functions;

/// <summary>One call of a function: its body, and what the body gets.</summary>
/// <param name="terms">The function's.</param>
/// <param name="state">What the body gets.</param>
/// <param name="body">The body, with what its object holds.</param>
/// <param name="again">The body with services of a scope of its own; null when there is none.</param>
internal readonly struct BodyCall<TState, T>(
    CachedFunctionTerms terms,
    TState state,
    Func<TState, CancellationToken, ValueTask<T>> body,
    Func<TState, IServiceProvider, CancellationToken, ValueTask<T>>? again)
{
    /// <summary>The cached entry, or one made by the body. A body that may go on after its request must not use what belongs to that.</summary>
    public ValueTask<FunctionEntry<T>> GetOrRunAsync(ICache cache, string key, CachePolicy? policy, CancellationToken cancellationToken) =>
        again is not null && (policy ?? (cache as IFunctionCache)?.DefaultPolicy) is { RefreshAhead: not null } or { FactorySoftTimeout: not null }
            ? cache.GetOrCreateAsync(key, this, static (it, _, services, token) => it.RunAgainAsync(services, token), policy, cancellationToken)
            : cache is CacheView ours // Known by its class, it is called without asking for the method of an interface at run time, which costs as much as a hit.
                ? ours.GetOrCreateAsync(key, this, static (it, token) => it.RunAsync(token), policy, cancellationToken)
                : cache.GetOrCreateAsync(key, this, static (it, token) => it.RunAsync(token), policy, cancellationToken);

    public async ValueTask<FunctionEntry<T>> RunAsync(CancellationToken cancellationToken) => Entry(terms.Invoker is { } invoker
        ? await invoker.InvokeAsync(terms.Call, state, body, cancellationToken).ConfigureAwait(false)
        : await body(state, cancellationToken).ConfigureAwait(false));

    private async ValueTask<FunctionEntry<T>> RunAgainAsync(IServiceProvider services, CancellationToken cancellationToken) => Entry(terms.Invoker is { } invoker
        ? await invoker.InvokeAsync(terms.Call, (state, again, services), static (it, token) => it.again!(it.state, it.services, token), cancellationToken).ConfigureAwait(false)
        : await again!(state, services, cancellationToken).ConfigureAwait(false));

    private FunctionEntry<T> Entry(T value) => new(terms.Version, Guid.NewGuid(), value);
}
