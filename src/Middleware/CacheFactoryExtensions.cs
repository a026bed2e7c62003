using System.Runtime.CompilerServices;

namespace ScopedCaching;

/// <summary>
/// Get-or-create overloads without state, for factories that choose their value's policy, or that run in the background with their own services. They behave like
/// the methods of <see cref="ICache"/>.
/// </summary>
public static class CacheFactoryExtensions
{
    private const int Preferred = 1;

    /// <summary>Reads a value, or creates and stores it. The factory can change the policy of its value.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CacheFactoryContext, CancellationToken, Task<T>> factory, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, context, token) => new ValueTask<T>(create(context, token)), policy, cancellationToken);
    }

    /// <inheritdoc cref="GetOrCreateAsync{T}(ICache, string, Func{CacheFactoryContext, CancellationToken, Task{T}}, CachePolicy?, CancellationToken)"/>
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache, string key, Func<CacheFactoryContext, CancellationToken, ValueTask<T>> factory, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, context, token) => create(context, token), policy, cancellationToken);
    }

    /// <summary>Reads a value, or creates and stores it. The factory can run in the background, with its own services.</summary>
    [OverloadResolutionPriority(Preferred)]
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache,
        string key,
        Func<CacheFactoryContext, IServiceProvider, CancellationToken, Task<T>> factory,
        CachePolicy? policy = null,
        CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, context, services, token) => new ValueTask<T>(create(context, services, token)), policy, cancellationToken);
    }

    /// <inheritdoc cref="GetOrCreateAsync{T}(ICache, string, Func{CacheFactoryContext, IServiceProvider, CancellationToken, Task{T}}, CachePolicy?, CancellationToken)"/>
    public static ValueTask<T> GetOrCreateAsync<T>(
        this ICache cache,
        string key,
        Func<CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory,
        CachePolicy? policy = null,
        CancellationToken cancellationToken = default)
    {
        Check(cache, factory);
        return cache.GetOrCreateAsync(key, factory, static (create, context, services, token) => create(context, services, token), policy, cancellationToken);
    }

    private static void Check(ICache cache, Delegate factory)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(factory);
    }
}
