using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace ScopedCaching.Functions;

/// <summary>
/// One cached function: what its generated half calls, with the key of the call and the body to run. Called by generated code only. Thread-safe.
/// </summary>
/// <typeparam name="T">The result.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class CachedFunction<T>
{
    private readonly CachedFunctionTerms _terms;
    private readonly FunctionPolicy _policy;
    private readonly CacheViewOptions _view;

    /// <summary>Made once for each function, and each set of its generic arguments.</summary>
    public CachedFunction(CachedFunctionTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        Sharing<FunctionEntry<T>>.IsSafe = Sharing<T>.IsSafe;
        _terms = terms;
        _policy = new FunctionPolicy(terms);
        _view = new CacheViewOptions { Serializer = new FunctionEntrySerializer<T>(terms.Version) };
    }

    /// <summary>A call: the cached value, or what the body returns, stored.</summary>
    /// <param name="caches">Where the cache is.</param>
    /// <param name="key">The call's key.</param>
    /// <param name="skip">Whether to run the body and store what it returns, whatever is there.</param>
    /// <param name="state">Handed to the body, so that it can be static.</param>
    /// <param name="body">The function's body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="again">The body with services of a scope of its own, for what the policy lets go on after the request; null when there is none.</param>
    public ValueTask<T> CallAsync<TState>(
        IScopedCache caches,
        string key,
        bool skip,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> body,
        CancellationToken cancellationToken,
        Func<TState, IServiceProvider, CancellationToken, ValueTask<T>>? again = null)
    {
        if (skip)
        {
            return RefreshAsync(caches, key, state, body, cancellationToken);
        }

        return _terms.Invoker is { } invoker
            ? ToldAsync(invoker, caches, key, state, body, again, cancellationToken)
            : GetOrRunAsync(caches, key, state, body, again, cancellationToken);
    }

    [SuppressMessage("Usage", "VSTHRD103", Justification = "The result is taken of what has completed.")]
    private ValueTask<T> GetOrRunAsync<TState>(
        IScopedCache caches,
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> body,
        Func<TState, IServiceProvider, CancellationToken, ValueTask<T>>? again,
        CancellationToken cancellationToken)
    {
        var (cache, policy) = Open(caches);
        if (cache is CacheView view && view.TryGetNear<FunctionEntry<T>>(key, policy, cancellationToken, out var near) && near.Version == _terms.Version)
        {
            // In this process's memory: nothing else need be made for the call.
            return new ValueTask<T>(near.Value);
        }

        var call = new BodyCall<TState, T>(_terms, state, body, again);
        var pending = call.GetOrRunAsync(cache, key, policy, cancellationToken);
        if (!pending.IsCompletedSuccessfully)
        {
            return FinishAsync(pending, cache, policy, key, call, cancellationToken);
        }

        // A hit in this process needs no state machine.
        var entry = pending.Result;
        return entry.Version == _terms.Version ? new ValueTask<T>(entry.Value) : FinishAsync(new(entry), cache, policy, key, call, cancellationToken);
    }

    /// <summary>The same, for functions that are not asynchronous: blocks the calling thread, and needs no other one.</summary>
    public T Call<TState>(
        IScopedCache caches,
        string key,
        bool skip,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> body,
        CancellationToken cancellationToken,
        Func<TState, IServiceProvider, CancellationToken, ValueTask<T>>? again = null) =>
        BlockingCall.Run(
            (Function: this, caches, key, skip, state, body, cancellationToken, again),
            static it => it.Function.CallAsync(it.caches, it.key, it.skip, it.state, it.body, it.cancellationToken, it.again));

    /// <summary>Runs the body and stores what it returns, whatever is there.</summary>
    public async ValueTask<T> RefreshAsync<TState>(
        IScopedCache caches, string key, TState state, Func<TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken)
    {
        var outcome = CachedFunctionOutcome.Failed;
        try
        {
            var value = await RunAndStoreAsync(caches, key, state, body, cancellationToken).ConfigureAwait(false);
            outcome = CachedFunctionOutcome.Refreshed;
            return value;
        }
        finally
        {
            _terms.Invoker?.Ended(_terms.Call, outcome);
        }
    }

    private async ValueTask<T> RunAndStoreAsync<TState>(
        IScopedCache caches, string key, TState state, Func<TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken)
    {
        var (cache, policy) = Open(caches);
        var call = new BodyCall<TState, T>(_terms, state, body, again: null);
        if (cache is IFunctionCache ours)
        {
            return (await ours.RefreshAsync(key, call, static (it, token) => it.RunAsync(token), policy, cancellationToken).ConfigureAwait(false)).Value;
        }

        // Another's cache: a test double, or a decorator.
        var entry = await call.RunAsync(cancellationToken).ConfigureAwait(false);
        await cache.SetAsync(key, entry, policy, cancellationToken).ConfigureAwait(false);
        return entry.Value;
    }

    /// <summary>The cached value of a call, without running the body.</summary>
    public async ValueTask<CacheResult<T>> TryGetAsync(IScopedCache caches, string key, CancellationToken cancellationToken)
    {
        var (cache, policy) = Open(caches);
        var found = await cache.TryGetAsync<FunctionEntry<T>>(key, policy, cancellationToken).ConfigureAwait(false);
        if (found.Found && found.Value.Version != _terms.Version)
        {
            found = await cache.TryGetAsync<FunctionEntry<T>>(BesideKey(key, found.Value.Id), policy, cancellationToken).ConfigureAwait(false);
        }

        return found.Found && found.Value.Version == _terms.Version ? new CacheResult<T>(found.Value.Value) : default;
    }

    /// <summary>Stores a value for a call. False when it was not stored.</summary>
    public ValueTask<bool> SetAsync(IScopedCache caches, string key, T value, CancellationToken cancellationToken)
    {
        var (cache, policy) = Open(caches);
        return cache.SetAsync(key, new FunctionEntry<T>(_terms.Version, Guid.NewGuid(), value), policy, cancellationToken);
    }

    /// <summary>Removes what is cached for a call, by every version of the function.</summary>
    public ValueTask<RemoveOutcome> ClearAsync(IScopedCache caches, string key, CancellationToken cancellationToken) =>
        Open(caches).Cache.RemoveAsync(key, cancellationToken);

    private async ValueTask<T> FinishAsync<TState>(
        ValueTask<FunctionEntry<T>> pending, ICache cache, CachePolicy? policy, string key, BodyCall<TState, T> call, CancellationToken cancellationToken)
    {
        var entry = await pending.ConfigureAwait(false);
        if (entry.Version != _terms.Version)
        {
            // Another version of the function is running elsewhere, and its entry stays where it is. Ours stands beside it.
            entry = await call.GetOrRunAsync(cache, BesideKey(key, entry.Id), policy, cancellationToken).ConfigureAwait(false);
        }

        return entry.Value;
    }

    private async ValueTask<T> ToldAsync<TState>(
        ICachedFunctionInvoker invoker,
        IScopedCache caches,
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> body,
        Func<TState, IServiceProvider, CancellationToken, ValueTask<T>>? again,
        CancellationToken cancellationToken)
    {
        var ran = new StrongBox<bool>();
        var outcome = CachedFunctionOutcome.Failed;
        try
        {
            var value = await GetOrRunAsync(
                caches,
                key,
                (state, body, again, ran),
                static (it, token) =>
                {
                    it.ran.Value = true;
                    return it.body(it.state, token);
                },
                again is null ? null : static (it, services, token) =>
                {
                    it.ran.Value = true;
                    return it.again!(it.state, services, token);
                },
                cancellationToken).ConfigureAwait(false);
            outcome = ran.Value ? CachedFunctionOutcome.Ran : CachedFunctionOutcome.Cached;
            return value;
        }
        finally
        {
            invoker.Ended(_terms.Call, outcome);
        }
    }

    private (ICache Cache, CachePolicy? Policy) Open(IScopedCache caches)
    {
        ArgumentNullException.ThrowIfNull(caches);
        var cache = caches.GetCache("", _terms.Level, _view);
        return (cache, _policy.For(caches, cache));
    }

    // Names the entry it stands beside: once that one is cleared or replaced, nobody finds this one any more.
    private string BesideKey(string key, Guid id) => $"{key}\n{_terms.Version:x16}\n{id:N}";
}
