using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace WebExtension.Tests.Readme;

/// <summary>The code of docs/faq.md.</summary>
public static class FaqSnippets
{
    public static void AnotherVendorsBackend(IServiceCollection services)
    {
        // <readme>
        services.AddDistributedCacheBackend(s => s.AddDistributedMemoryCache());        // your vendor's in its place, and Cache:Backend = Distributed
        // </readme>
    }
}

// <readme>
[Authorize]
public sealed class RatesHub(IScopedCacheFactory caches, AccountStore store) : Hub
{
    public async Task<string> RatesAsync() =>
        await caches.Create(Context.User?.FindFirstValue("customer_key")).StackCache.GetOrCreateAsync("rates", store.RatesAsync, Context.ConnectionAborted);
}
// </readme>
