using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>A factory in one of the shapes that callers give it.</summary>
internal readonly struct CacheFactory<TState, T>
{
    private readonly Func<TState, CancellationToken, ValueTask<T>>? _plain;
    private readonly Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>>? _adaptive;
    private readonly Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>>? _withServices;

    public CacheFactory(Func<TState, CancellationToken, ValueTask<T>> plain) => _plain = plain;

    public CacheFactory(Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>> adaptive) => _adaptive = adaptive;

    public CacheFactory(Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> withServices) => _withServices = withServices;

    /// <summary>Whether it uses nothing of the request's, and so can outlive it.</summary>
    public bool HasServicesOfItsOwn => _withServices is not null;

    public ValueTask<T> RunAsync(TState state, CacheFactoryContext context, IServiceScopes scopes, FixedScopeSource? identity, CancellationToken cancellationToken) =>
        _plain is not null ? _plain(state, cancellationToken)
        : _adaptive is not null ? _adaptive(state, context, cancellationToken)
        : RunWithServicesAsync(_withServices!, state, context, scopes, identity!, cancellationToken);

    private static async ValueTask<T> RunWithServicesAsync(
        Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory,
        TState state,
        CacheFactoryContext context,
        IServiceScopes scopes,
        FixedScopeSource identity,
        CancellationToken cancellationToken)
    {
        var (services, end) = scopes.Begin(identity);
        await using (end.ConfigureAwait(false))
        {
            return await factory(state, context, services, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>Scopes of services in which the caches belong to an explicit customer, user and session.</summary>
internal interface IServiceScopes
{
    /// <summary>Begins a scope; disposing <c>End</c> ends it.</summary>
    (IServiceProvider Services, IAsyncDisposable End) Begin(FixedScopeSource identity);
}
