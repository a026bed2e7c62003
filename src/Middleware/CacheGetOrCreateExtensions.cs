using System.Runtime.CompilerServices;

namespace ScopedCaching;

/// <summary>
/// Get-or-create for factories that return <see cref="Task{TResult}"/> or <see cref="ValueTask{TResult}"/>, with and without state, with a policy and a
/// token, with a token, or with neither. Lambdas, <c>async</c> lambdas and method groups bind to the right overload without casts. All overloads behave like
/// the methods of <see cref="ICache"/>.
/// </summary>
public static class CacheGetOrCreateExtensions
{
    // An async lambda fits Task and ValueTask alike; the priority settles it for Task, and a factory that returns one or the other fits only its own.
    private const int Preferred = 1;

    /// <summary>Reads a value, or creates and stores it.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CancellationToken, Task<T>> factory, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, token) => new ValueTask<T>(create(token)), policy, cancellationToken);
    }

    /// <summary>Reads a value, or creates and stores it.</summary>
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CancellationToken, ValueTask<T>> factory, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, token) => create(token), policy, cancellationToken);
    }

    /// <summary>Reads a value, or creates and stores it.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this ICache cache, string key, TState state, Func<TState, CancellationToken, Task<T>> factory, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(
            key, (state, factory), static (it, token) => new ValueTask<T>(it.factory(it.state, token)), policy, cancellationToken);
    }

    /// <summary>Reads a value, or creates and stores it.</summary>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this ICache cache, string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy = null)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, state, factory, policy, CancellationToken.None);
    }

    /// <summary>Reads a value, or creates and stores it under the default policy.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CancellationToken, Task<T>> factory, CancellationToken cancellationToken) =>
        cache.GetOrCreateAsync(key, factory, policy: null, cancellationToken);

    /// <summary>Reads a value, or creates and stores it under the default policy.</summary>
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CancellationToken, ValueTask<T>> factory, CancellationToken cancellationToken) =>
        cache.GetOrCreateAsync(key, factory, policy: null, cancellationToken);

    /// <summary>Reads a value, or creates and stores it under the default policy.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this ICache cache, string key, TState state, Func<TState, CancellationToken, Task<T>> factory, CancellationToken cancellationToken) =>
        cache.GetOrCreateAsync(key, state, factory, policy: null, cancellationToken);

    /// <summary>Reads a value, or creates and stores it under the default policy.</summary>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this ICache cache, string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CancellationToken cancellationToken)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, state, factory, policy: null, cancellationToken);
    }

    private static void Check(ICache cache, Delegate factory)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(factory);
    }
}
