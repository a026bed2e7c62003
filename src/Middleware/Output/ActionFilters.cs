using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Authorization;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace ScopedCaching.Output;

/// <summary>Filters of controllers and pages run inside the endpoint: whom they would turn away, the cache would answer.</summary>
internal static class ActionFilters
{
    /// <exception cref="InvalidOperationException">A filter of the action authorizes.</exception>
    public static void ThrowIfSkipped(Endpoint endpoint, string pattern)
    {
        foreach (var filter in endpoint.Metadata.GetMetadata<ActionDescriptor>()?.FilterDescriptors ?? [])
        {
            if (Authorizes(filter.Filter))
            {
                throw new InvalidOperationException(
                    $"'{pattern}' has [OutputCacheStack] and the authorization filter {Name(filter.Filter)}, which runs inside the action and so would not be asked before a cached response is " +
                    "answered. Authorize with [Authorize], RequireAuthorization() or a fallback policy, which run before.");
            }
        }
    }

    // Those of the platform that do not look at the user: whether the connection is secure is part of the key, and tokens against forgery are for what changes something.
    private static bool Authorizes(IFilterMetadata filter) => filter switch
    {
        RequireHttpsAttribute or IAntiforgeryPolicy or IAllowAnonymousFilter => false,
        IAuthorizationFilter or IAsyncAuthorizationFilter => true,
        TypeFilterAttribute typed => IsAuthorization(typed.ImplementationType),
        ServiceFilterAttribute typed => IsAuthorization(typed.ServiceType),
        _ => false,
    };

    private static bool IsAuthorization(Type type) => type.IsAssignableTo(typeof(IAuthorizationFilter)) || type.IsAssignableTo(typeof(IAsyncAuthorizationFilter));

    private static string Name(IFilterMetadata filter) =>
        (filter as TypeFilterAttribute)?.ImplementationType.Name ?? (filter as ServiceFilterAttribute)?.ServiceType.Name ?? filter.GetType().Name;
}
