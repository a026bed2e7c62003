using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Caching;
using ScopedCaching.Scopes;

namespace ScopedCaching.Hosting;

/// <summary>Whose the caches of a scope of services are; null for the request's.</summary>
internal sealed class ScopeIdentity
{
    public FixedScopeSource? Fixed { get; set; }
}

/// <summary>Scopes of services for factories that run beside or after a request.</summary>
internal sealed class ServiceScopes(IServiceScopeFactory factory) : IServiceScopes
{
    public (IServiceProvider Services, IAsyncDisposable End) Begin(FixedScopeSource identity)
    {
        var scope = factory.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ScopeIdentity>().Fixed = identity;
        return (scope.ServiceProvider, scope);
    }
}
