using Microsoft.AspNetCore.Http;
using ScopedCaching.Scopes;

namespace ScopedCaching.Requests;

/// <summary>
/// Gives each request its own object and resolves customer and session before anything else needs them. What is not known stays so until a cache
/// is used: then it throws, for the levels that need it.
/// </summary>
internal sealed class ScopeMiddleware(RequestDelegate next, ScopeResolvers resolvers)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var binding = RequestBinding.Of(context);

        // What is not remembered would only be read once more.
        if (resolvers.Customer.Remembered)
        {
            await binding.CustomerAsync(context, resolvers.Customer).ConfigureAwait(false);
        }

        if (resolvers.Session.Remembered)
        {
            await binding.SessionAsync(context, resolvers.Session).ConfigureAwait(false);
        }

        await next(context).ConfigureAwait(false);
    }
}
