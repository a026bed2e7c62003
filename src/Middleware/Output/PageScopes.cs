using Microsoft.AspNetCore.Http;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>Where a request's response is looked up and stored: nowhere, unless everything it depends on is known.</summary>
internal sealed class PageScopes(ScopeResolvers resolvers, EntryScopes scopes)
{
    /// <summary>Keeps responses apart from the entries of <see cref="ICache"/>, and lets them be evicted together.</summary>
    /// <remarks>Not a name that an application's own view has by chance.</remarks>
    public const string View = "\0output";

    /// <summary>The address by who the user is now; null when it is not known whose the response is.</summary>
    /// <param name="context">The request.</param>
    /// <param name="binding">What it remembers of its customer, user and session; null to find everything anew.</param>
    /// <param name="terms">What the response varies by.</param>
    public async ValueTask<EntryAddress?> AddressAsync(HttpContext context, RequestBinding? binding, PageTerms terms)
    {
        if (await ScopeAsync(context, binding, terms.Level).ConfigureAwait(false) is not { } scope)
        {
            return null;
        }

        string? user = null;
        if (terms.ByUser)
        {
            user = await UserAsync(context, binding).ConfigureAwait(false);
            if (user is null && IsSignedIn(context))
            {
                return null;
            }
        }

        return PageKey.Tells(context.Request, terms) ? scope.Entry(PageKey.Of(context, terms, user)) : null;
    }

    public static bool IsSignedIn(HttpContext context)
    {
        foreach (var identity in context.User.Identities)
        {
            if (identity.IsAuthenticated)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<EntryScope?> ScopeAsync(HttpContext context, RequestBinding? binding, StorageLevel level)
    {
        if (level == StorageLevel.Service)
        {
            return scopes.Service(View);
        }

        if (await CustomerAsync(context, binding).ConfigureAwait(false) is not { } customer)
        {
            return null;
        }

        if (level == StorageLevel.Stack)
        {
            return scopes.Stack(customer, View);
        }

        return await UserAsync(context, binding).ConfigureAwait(false) is { } user
            && await SessionAsync(context, binding).ConfigureAwait(false) is { } session
                ? scopes.Session(customer, user, session, View)
                : null;
    }

    private ValueTask<string?> CustomerAsync(HttpContext context, RequestBinding? binding) =>
        binding is null ? FindAsync(context, resolvers.Customer) : binding.CustomerAsync(context, resolvers.Customer);

    private ValueTask<string?> UserAsync(HttpContext context, RequestBinding? binding) =>
        binding is null ? FindAsync(context, resolvers.User) : binding.UserAsync(context, resolvers.User);

    private ValueTask<string?> SessionAsync(HttpContext context, RequestBinding? binding) =>
        binding is null ? FindAsync(context, resolvers.Session) : binding.SessionAsync(context, resolvers.Session);

    private static async ValueTask<string?> FindAsync(HttpContext context, ScopeResolver resolver) =>
        await resolver.ResolveAsync(context).ConfigureAwait(false) is { } found && !string.IsNullOrWhiteSpace(found) ? found : null;
}
