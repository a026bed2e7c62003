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
    private const string Platform = "Microsoft.AspNetCore.Mvc";

    /// <param name="endpoint">The action.</param>
    /// <param name="pattern">What people call it.</param>
    /// <param name="make">Has a factory make its filter.</param>
    /// <exception cref="InvalidOperationException">A filter of the action authorizes.</exception>
    public static void ThrowIfSkipped(Endpoint endpoint, string pattern, Func<IFilterFactory, IFilterMetadata> make)
    {
        foreach (var filter in endpoint.Metadata.GetMetadata<ActionDescriptor>()?.FilterDescriptors ?? [])
        {
            if (Authorizes(filter.Filter) || AuthorizesOnceMade(filter.Filter, make))
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

    /// <summary>What a factory makes is known only once it is made, which MVC does for every request. Those of the platform make no filter that looks at the user.</summary>
    private static bool AuthorizesOnceMade(IFilterMetadata filter, Func<IFilterFactory, IFilterMetadata> make) =>
        filter is IFilterFactory factory
        && (filter is TypeFilterAttribute or ServiceFilterAttribute || filter.GetType().Assembly.GetName().Name?.StartsWith(Platform, StringComparison.Ordinal) != true)
        && Authorizes(make(factory));

    private static bool IsAuthorization(Type type) => type.IsAssignableTo(typeof(IAuthorizationFilter)) || type.IsAssignableTo(typeof(IAsyncAuthorizationFilter));

    private static string Name(IFilterMetadata filter) =>
        (filter as TypeFilterAttribute)?.ImplementationType.Name ?? (filter as ServiceFilterAttribute)?.ServiceType.Name ?? filter.GetType().Name;
}
