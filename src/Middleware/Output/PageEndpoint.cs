using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Output;

/// <summary>
/// An endpoint whose responses are cached: answers from the cache, else renders, or waits for who is rendering. Runs in the endpoint's place, so everything that guards
/// the endpoint has run before.
/// </summary>
internal sealed class PageEndpoint(PageServices services, PageTerms terms, RequestDelegate next)
{
    // As long as another process's factory is waited for.
    private const int MostLeases = 6;

    private static readonly CacheViewOptions s_view = new() { AnswersWhatIsTooLarge = true };

    private bool _isTold;

    public async Task InvokeAsync(HttpContext context)
    {
        Fence(context);
        var binding = RequestBinding.Of(context);
        if (!IsAsked(context, binding)
            || !await services.Credentials.AllowAsync(context, terms).ConfigureAwait(false)
            || await AddressAsync(context, binding).ConfigureAwait(false) is not { } address
            || binding.IsBypassed)
        {
            services.Metrics.Request(PageOutcome.Bypassed);
            await RunAloneAsync(context).ConfigureAwait(false);
            return;
        }

        var policies = terms.Policies(services.Caches);
        var answered = policies.Leased is { } leased
            ? AnswerLeasedAsync(context, address, leased)
            : AnswerKeptAsync(context, address, policies.Page);
        if (await answered.ConfigureAwait(false))
        {
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            services.Metrics.Request(PageOutcome.Miss);
            await RunAloneAsync(context).ConfigureAwait(false);
            return;
        }

        await RenderAsync(context, binding, address, policies.Page).ConfigureAwait(false);
    }

    private async ValueTask<EntryAddress?> AddressAsync(HttpContext context, RequestBinding? binding)
    {
        var address = await services.Scopes.AddressAsync(context, binding, terms).ConfigureAwait(false);
        if (address is null && PageScopes.IsSignedIn(context) && !_isTold)
        {
            // Else a claim of another name would only show in that nothing is ever cached.
            _isTold = true;
            CacheLog.ResponseOfNobody(services.Caches.Logger, context.GetEndpoint()?.DisplayName);
        }

        return address;
    }

    private CacheView Cache(HttpContext context, in EntryAddress address) =>
        new(services.Caches, new PageSource(terms.Level, address.Scope, context.RequestAborted), terms.Level, PageScopes.View, s_view);

    /// <summary>Answers from the shared cache, with a body in memory that is this request's own until the answer is sent.</summary>
    private async ValueTask<bool> AnswerLeasedAsync(HttpContext context, EntryAddress address, EntryRead leased)
    {
        var started = services.Caches.IsWatched ? services.Caches.Time.GetTimestamp() : 0;
        var entry = await services.Caches.Fresh.ReadAsync<LeasedPage>(address, leased, context.RequestAborted).ConfigureAwait(false);
        var isHit = entry.Outcome == ReadOutcome.Hit;
        if (services.Caches.IsWatched)
        {
            services.Caches.Tell(
                terms.Level, CacheOperationKind.Get, isHit || entry.Outcome == ReadOutcome.Unavailable ? Operation.Outcome(entry.Outcome) : CacheOperationOutcome.Miss,
                isHit ? CacheTier.Shared : CacheTier.None, started, address);
        }

        if (!isHit)
        {
            // A stale one that was opened in vain.
            entry.Value.Return();
            return false;
        }

        if (await AnswerAsync(context, entry.Value.Page).ConfigureAwait(false) != Sent.Interrupted)
        {
            entry.Value.Return();
        }

        return true;
    }

    /// <summary>Answers from the process's memory, or from the shared cache and keeps it there.</summary>
    private async ValueTask<bool> AnswerKeptAsync(HttpContext context, EntryAddress address, CachePolicy policy)
    {
        // A response that is to be refreshed before its end is so by who would render it.
        if (policy.RefreshAhead is not null && !HttpMethods.IsHead(context.Request.Method))
        {
            return false;
        }

        var found = await Cache(context, address).TryGetAsync<CachedPage>(address.Key, policy, context.RequestAborted).ConfigureAwait(false);
        if (found.Value is not { } page)
        {
            return false;
        }

        await AnswerAsync(context, page).ConfigureAwait(false);
        return true;
    }

    /// <summary>Runs the endpoint for its own client, and nobody else.</summary>
    private async Task RunAloneAsync(HttpContext context)
    {
        var outer = context.Features.Get<IOutputCacheFeature>();
        context.Features.Set<IOutputCacheFeature>(new PageFeature(context));
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Features.Set(outer);
        }
    }

    /// <summary>What an outer output cache of the application's would store would be found under its own key, which knows no customer.</summary>
    private static void Fence(HttpContext context)
    {
        if (context.Features.Get<IOutputCacheFeature>() is { } outer)
        {
            outer.Context.AllowCacheStorage = false;
        }
    }

    /// <summary>Whether the request is one whose response may come from the cache.</summary>
    private static bool IsAsked(HttpContext context, RequestBinding binding)
    {
        var (request, response) = (context.Request, context.Response);
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !binding.IsBypassed

            // What the endpoint does with a body, or another protocol, no key tells.
            && request.ContentLength is null or 0
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            && !request.Headers.ContainsKey(HeaderNames.Upgrade)

            // Neither a part of the response, nor under conditions that only the endpoint knows.
            && !request.Headers.ContainsKey(HeaderNames.Range)
            && !request.Headers.ContainsKey(HeaderNames.IfMatch)
            && !request.Headers.ContainsKey(HeaderNames.IfUnmodifiedSince)

            // The page of an error is not that of its address.
            && !response.HasStarted
            && response.StatusCode == StatusCodes.Status200OK
            && context.Features.Get<IExceptionHandlerFeature>() is null
            && context.Features.Get<IStatusCodeReExecuteFeature>() is null;
    }

    private async ValueTask<Sent> AnswerAsync(HttpContext context, CachedPage page)
    {
        if (page.IsUncacheable)
        {
            services.Metrics.Request(PageOutcome.Uncacheable);
            await RunAloneAsync(context).ConfigureAwait(false);
            return Sent.Whole;
        }

        var sent = await PageAnswer.SendAsync(context, page, services.Caches.Time.GetUtcNow()).ConfigureAwait(false);
        services.Metrics.Request(sent == Sent.NotModified ? PageOutcome.NotModified : PageOutcome.Hit);
        return sent;
    }

    private async Task RenderAsync(HttpContext context, RequestBinding binding, EntryAddress address, CachePolicy policy)
    {
        var render = new PageRender(services, terms, next, context, binding, address);
        using var patience = new CancellationTokenSource(MostLeases * policy.LeaseTime, services.Caches.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        CachedPage? page = null;
        try
        {
            page = await Cache(context, address).GetOrCreateAsync(
                address.Key,
                (Render: render, Patience: patience),
                static (state, said, _) =>
                {
                    state.Patience.CancelAfter(Timeout.InfiniteTimeSpan);
                    return state.Render.CreateAsync(said);
                },
                policy,
                either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (render.Running is not null)
        {
            // The response is under way; how it ends is told below.
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            services.Metrics.Request(PageOutcome.WaitedOut);
            await RunAloneAsync(context).ConfigureAwait(false);
            return;
        }

        if (render.Running is not { } running)
        {
            await AnswerAsync(context, page!).ConfigureAwait(false);
            return;
        }

        services.Metrics.Request(PageOutcome.Miss);
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception) when (page is { IsUncacheable: false } && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            // The endpoint failed while it was to replace a response that is still good enough.
            render.Undo();
            await PageAnswer.SendAsync(context, page, services.Caches.Time.GetUtcNow()).ConfigureAwait(false);
        }
    }
}
