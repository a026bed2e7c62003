using System.Security.Claims;
using ScopedCaching;
using WebExtension.Core;
using WebExtension.Web;

namespace WebExtension.Endpoints;

public static class StatementEndpoints
{
    /// <summary>Its route, by which it is evicted too.</summary>
    public const string Route = "/statement";

    /// <summary>
    /// A whole page, cached as it was rendered: each customer has its own, which all its users see. Nothing but the attribute is needed, and authorization comes first.
    /// </summary>
    public static void MapStatement(this IEndpointRouteBuilder app)
    {
        app.MapGet(Route, static async (ClaimsPrincipal user, CoreSystem core, CancellationToken cancellationToken) =>
            {
                var statement = await core.LoadStatementAsync(user.FindFirstValue(CustomerResolution.DefaultClaim)!, cancellationToken);
                return TypedResults.Content(StatementPage.Render(statement, user.FindFirstValue(ClaimTypes.NameIdentifier)!), "text/html; charset=utf-8");
            })
            .RequireAuthorization()
            .OutputCacheStack(TimeSpan.FromMinutes(10));

        app.MapDelete(Route, static async Task<IResult> (IOutputCacheStackEviction pages, CancellationToken cancellationToken) =>
                await pages.EvictByEndpointAsync(Route, cancellationToken: cancellationToken)
                    ? TypedResults.NoContent()
                    : TypedResults.Problem("The page could not be removed.", statusCode: StatusCodes.Status503ServiceUnavailable))
            .RequireAuthorization();
    }
}
