using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>The road of a request to the inspector: who may come near, what it must bring, what it is answered.</summary>
internal sealed class InspectorEndpoints(
    InspectorQueries queries, InspectorActions actions, InspectorAssets assets, PageToken token, ScopeResolvers resolvers, EntryScopes scopes, InspectorAccess access)
{
    private const int LongestBody = 512 << 10;

    private static readonly ActionAnswer s_tooLarge = new("Refused", "The request is too large.");
    private static readonly ActionAnswer s_notUnderstood = new(
        "Refused", "The body is not understood. Send a JSON object, each name once: id, or level, view and key; and what the action needs of tag, value, json and seconds.");
    private static readonly ActionAnswer s_elsewhere = new("Forbidden", "A page of another origin has asked for this, and is told nothing.");

    /// <summary>Where everything is, under the pattern that the inspector is mapped at.</summary>
    public IEnumerable<(string Method, string Path, RequestDelegate Handler)> All() =>
    [
        ("GET", "", Near(assets.PageAsync)),
        ("GET", "/assets/{name}", Near(assets.AssetAsync)),
        ("GET", "/state", Query(queries.State, InspectorJson.Default.StateAnswer)),
        ("GET", "/keys", Query(queries.Keys, InspectorJson.Default.KeysAnswer)),
        ("GET", "/stats", Query(queries.Statistics, InspectorJson.Default.StatisticsAnswer)),
        ("GET", "/servers", Told(async context => await AnswerAsync(
            context, await queries.ServersAsync(context.RequestAborted).ConfigureAwait(false), InspectorJson.Default.IReadOnlyListServerAnswer).ConfigureAwait(false))),
        ("POST", "/read", Action(actions.ReadAsync, InspectorJson.Default.ShownValue)),
        ("POST", "/remove", Action(actions.RemoveAsync, InspectorJson.Default.ActionAnswer)),
        ("POST", "/remove-tag", Action(actions.RemoveTagAsync, InspectorJson.Default.ActionAnswer)),
        ("POST", "/clear", Action(actions.ClearAsync, InspectorJson.Default.ActionAnswer)),
        ("POST", "/set", Action(actions.SetAsync, InspectorJson.Default.ActionAnswer)),
        ("POST", "/update", Action(actions.UpdateAsync, InspectorJson.Default.ActionAnswer)),
    ];

    /// <summary>Everything goes through here.</summary>
    private RequestDelegate Near(RequestDelegate next) => context =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " +
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (access.IsOpen && !InspectorAccess.IsLocal(context))
        {
            return RefuseAsync(
                context,
                StatusCodes.Status403Forbidden,
                new ActionAnswer("Forbidden", "Without an authorization policy the inspector answers only requests from this machine to a loopback name. Name one: MapScopedCacheInspector(o => o.AuthorizationPolicy = \"…\")."));
        }

        return next(context);
    };

    /// <summary>All but the page and its assets, which hold nothing of anybody's and are opened from anywhere.</summary>
    private RequestDelegate Told(RequestDelegate next) => Near(context =>
        InspectorAccess.IsSameOrigin(context.Request) ? next(context) : RefuseAsync(context, StatusCodes.Status403Forbidden, s_elsewhere));

    private RequestDelegate Query<T>(Func<HttpContext, InspectorCaller, T> query, JsonTypeInfo<T> type) => Told(async context =>
    {
        var caller = await InspectorCaller.OfAsync(context, resolvers, scopes, access).ConfigureAwait(false);
        await AnswerAsync(context, query(context, caller), type).ConfigureAwait(false);
    });

    private RequestDelegate Action<T>(Func<InspectorRequest, InspectorCaller, CancellationToken, ValueTask<(int Status, T Answer)>> action, JsonTypeInfo<T> type) => Near(async context =>
    {
        if (!InspectorAccess.IsSameOrigin(context.Request) || !token.IsGood(context))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, new ActionAnswer("Forbidden", "This did not come from the inspector's own page, or the page is too old: load it anew.")).ConfigureAwait(false);
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, new ActionAnswer("Refused", "Send JSON.")).ConfigureAwait(false);
            return;
        }

        var (status, request) = await ReadAsync(context).ConfigureAwait(false);
        if (request is null)
        {
            await RefuseAsync(context, status, status == StatusCodes.Status413PayloadTooLarge ? s_tooLarge : s_notUnderstood).ConfigureAwait(false);
            return;
        }

        var caller = await InspectorCaller.OfAsync(context, resolvers, scopes, access).ConfigureAwait(false);
        (context.Response.StatusCode, var answer) = await action(request, caller, context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, answer, type).ConfigureAwait(false);
    });

    private static async Task<(int Status, InspectorRequest? Request)> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LongestBody;
        }

        // One byte more than allowed is enough to know.
        var body = new byte[Math.Min(context.Request.ContentLength ?? LongestBody, LongestBody) + 1];
        try
        {
            var length = context.Request.ContentLength > LongestBody ? body.Length
                : await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted).ConfigureAwait(false);
            return length == body.Length ? (StatusCodes.Status413PayloadTooLarge, null)
                : (StatusCodes.Status400BadRequest, JsonSerializer.Deserialize(body.AsSpan(0, length), InspectorJson.Default.InspectorRequest));
        }
        catch (BadHttpRequestException refused)
        {
            return (refused.StatusCode, null);
        }
        catch (JsonException)
        {
            return (StatusCodes.Status400BadRequest, null);
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, ActionAnswer answer)
    {
        context.Response.StatusCode = status;
        return AnswerAsync(context, answer, InspectorJson.Default.ActionAnswer);
    }

    private static Task AnswerAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(answer, type, "application/json; charset=utf-8", context.RequestAborted);
}
