using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace ScopedCaching.Output;

/// <summary>
/// Puts a caching endpoint in the place of each that bears <see cref="OutputCacheStackAttribute"/>, when it is matched: with the same metadata, so that everything between
/// routing and the endpoint sees no difference. Runs after all other policies, so that it is the endpoint that will be executed.
/// </summary>
/// <param name="services">What every endpoint works with.</param>
/// <param name="make">Has a filter's factory make it, for a request.</param>
internal sealed class PageMatcherPolicy(PageServices services, Func<IFilterFactory, HttpContext, IFilterMetadata> make) : MatcherPolicy, IEndpointSelectorPolicy
{
    /// <summary>By which a Razor page chooses among its handlers.</summary>
    private const string PageHandler = "handler";

    private readonly ConditionalWeakTable<Endpoint, Wrapped> _wrapped = [];

    public override int Order => int.MaxValue;

    // Of a Razor page only the compiled one, which stands in its place later, has the attributes of its model.
    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(static endpoint => AttributeOf(endpoint) is not null || endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not null) || ContainsDynamicEndpoints(endpoints);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i))
            {
                ref var candidate = ref candidates[i];
                if (!_wrapped.TryGetValue(candidate.Endpoint, out var wrapped))
                {
                    wrapped = Wrap(candidate.Endpoint, httpContext);
                    ThrowIfTwins(candidate.Endpoint, wrapped, candidates);
                    _wrapped.TryAdd(candidate.Endpoint, wrapped);
                }

                if (!ReferenceEquals(wrapped.Endpoint, candidate.Endpoint))
                {
                    candidates.ReplaceEndpoint(i, wrapped.Endpoint, candidate.Values);
                }
            }
        }

        return Task.CompletedTask;
    }

    private Wrapped Wrap(Endpoint endpoint, HttpContext context)
    {
        if (AttributeOf(endpoint) is not { NoStore: false } attribute || endpoint.RequestDelegate is not { } next)
        {
            return new Wrapped(endpoint, Identity: null);
        }

        var pattern = (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint.DisplayName ?? "";
        if (endpoint.Metadata.Any(static item => item is IOutputCachePolicy or OutputCacheAttribute))
        {
            throw new InvalidOperationException(
                $"'{pattern}' has [OutputCacheStack] and the platform's own output caching ([OutputCache], CacheOutput()). Choose one: what the platform's stores knows no customer.");
        }

        ActionFilters.ThrowIfSkipped(endpoint, pattern, factory => make(factory, context));
        string[] always = endpoint.Metadata.GetMetadata<PageActionDescriptor>() is null ? [] : [PageHandler];
        var identity = Identity(endpoint);
        var terms = new PageTerms(attribute, identity, pattern, always);

        // A policy that there is not is told now, also to who would not be answered from the cache.
        _ = terms.Policies(services.Caches);
        RequestDelegate caching = new PageEndpoint(services, terms, next).InvokeAsync;
        return new Wrapped(
            endpoint is RouteEndpoint route
                ? new RouteEndpoint(caching, route.RoutePattern, route.Order, route.Metadata, route.DisplayName)
                : new Endpoint(caching, endpoint.Metadata, endpoint.DisplayName),
            identity);
    }

    /// <summary>Endpoints made of one lambda for one address, say in a loop: what tells them apart is known to whoever chooses between them, and not here.</summary>
    /// <exception cref="InvalidOperationException">There are such ones.</exception>
    private static void ThrowIfTwins(Endpoint endpoint, Wrapped wrapped, CandidateSet candidates)
    {
        for (var i = 0; wrapped.Identity is not null && i < candidates.Count; i++)
        {
            if (candidates[i].Endpoint is { } other && !ReferenceEquals(other, endpoint) && AttributeOf(other) is { NoStore: false }
                && string.Equals(Identity(other), wrapped.Identity, StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    $"Two endpoints '{endpoint.DisplayName}' with [OutputCacheStack] have the same address and the same method, so the cache would confuse their responses. " +
                    "Give each its own name: WithDisplayName(…).");
            }
        }
    }

    /// <summary>The most specific one. What is said of all controllers at once stands after what controller and action say; MVC's own description of the action holds only theirs.</summary>
    private static OutputCacheStackAttribute? AttributeOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<ActionDescriptor>()?.EndpointMetadata?.OfType<OutputCacheStackAttribute>().LastOrDefault()
        ?? endpoint.Metadata.GetMetadata<OutputCacheStackAttribute>();

    /// <summary>Tells endpoints of one address from each other: those of two versions of an API, say, chosen by a header.</summary>
    private static string Identity(Endpoint endpoint)
    {
        var method = endpoint.Metadata.GetMetadata<MethodInfo>();
        var hosts = endpoint.Metadata.GetMetadata<IHostMetadata>()?.Hosts ?? [];
        return string.Join(
            '\n',
            [(endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint.DisplayName ?? "", endpoint.DisplayName, method?.DeclaringType?.FullName, method?.ToString(), .. hosts]);
    }

    private sealed record Wrapped(Endpoint Endpoint, string? Identity);
}
