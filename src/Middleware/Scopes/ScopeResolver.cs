using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ScopedCaching.Scopes;

/// <summary>One way to find a part of a scope.</summary>
/// <param name="Source">What it looks at, in words for an exception's message.</param>
/// <param name="Remembered">
/// Whether what it found may be kept while user and endpoint stay the same. Not for what is cheap to read and may change under the same user,
/// such as ASP.NET Core's session (cleared in the middle of a request) and route values (a re-executed error page).
/// </param>
/// <param name="ResolveAsync">Finds it; null or blank when it is not known.</param>
internal sealed record ScopeResolver(string Source, bool Remembered, Func<HttpContext, ValueTask<string?>> ResolveAsync)
{
    public static ScopeResolver Claim(string type)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        return new($"the claim '{type}' of the authenticated identities", Remembered: true, context => new(ClaimValues.Single(context.User, type)));
    }

    public static ScopeResolver User() =>
        new(
            $"the claim '{ClaimTypes.NameIdentifier}', 'sub' or the name of the authenticated identities",
            Remembered: true,
            static context => new(ClaimValues.UserId(context.User)));

    public static ScopeResolver RouteValue(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new($"the route value '{name}'", Remembered: false, context => new(context.Request.RouteValues.TryGetValue(name, out var value) ? value as string : null));
    }

    public static ScopeResolver Host(IReadOnlyDictionary<string, string> customersByHost)
    {
        ArgumentNullException.ThrowIfNull(customersByHost);
        var map = customersByHost.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        return new("the map of host names", Remembered: false, context => new(map.GetValueOrDefault(context.Request.Host.Host)));
    }

    public static ScopeResolver Host(Func<string, string?> customerOfHost)
    {
        ArgumentNullException.ThrowIfNull(customerOfHost);
        return new("the host name", Remembered: false, context => new(customerOfHost(context.Request.Host.Host.ToLowerInvariant())));
    }

    public static ScopeResolver TrustedHeader(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new($"the header '{name}'", Remembered: false, context =>
        {
            var values = context.Request.Headers[name];
            string? single = null;
            foreach (var value in values)
            {
                if (single is not null && !string.Equals(single, value, StringComparison.Ordinal))
                {
                    return default;
                }

                single = value ?? "";
            }

            return new(single);
        });
    }

    public static ScopeResolver SessionString(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new($"the value '{key}' of ASP.NET Core's session", Remembered: false, async context =>
            await LoadedSessionAsync(context).ConfigureAwait(false) is { } session ? session.GetString(key) : null);
    }

    public static ScopeResolver SessionId() =>
        new("ASP.NET Core's session (UseSession(), and something stored in it: until then its id is not kept)", Remembered: false, static async context =>
            await LoadedSessionAsync(context).ConfigureAwait(false) is { } session && session.Keys.Any() ? session.Id : null);

    public static ScopeResolver Custom(string source, Func<HttpContext, ValueTask<string?>> resolve)
    {
        ArgumentNullException.ThrowIfNull(resolve);
        return new(source, Remembered: true, resolve);
    }

    // Without loading it first, the session would block on its first read; one that failed to load is not available, and holds nothing.
    private static async ValueTask<ISession?> LoadedSessionAsync(HttpContext context)
    {
        if (context.Features.Get<ISessionFeature>()?.Session is not { } session)
        {
            return null;
        }

        await session.LoadAsync(context.RequestAborted).ConfigureAwait(false);
        return session.IsAvailable ? session : null;
    }
}
