using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Output;

/// <summary>
/// One request that renders its endpoint's response, for itself and for all who wait: it goes to its own client as it is written, and a copy to the cache when it is
/// complete and may be stored. As soon as it is clear that it may not, who waits is told.
/// </summary>
internal sealed class PageRender(PageServices services, PageTerms terms, RequestDelegate next, HttpContext context, RequestBinding binding, EntryAddress address)
{
    // The endpoint runs in the request's own flow: within that of a factory nothing it asks for would wait for anybody.
    private readonly ExecutionContext? _flow = ExecutionContext.Capture();
    private readonly CancellationToken _aborted = context.RequestAborted;
    private readonly TaskCompletionSource<(CachedPage? Page, NotStored? Reason)> _verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HeaderDictionary _before = [];
    private readonly PageFeature _said = new(context);
    private readonly DataUse _use = new(binding.Log);
    private BodyCopy? _copy;
    private WatchedLifetime? _lifetime;
    private WatchedResponse? _response;
    private WatchedSession? _session;
    private KeyValuePair<string, StringValues>[]? _headers;
    private CachePolicy? _policy;
    private long? _declaredLength;
    private int _status;
    private ITimer? _patience;

    /// <summary>The endpoint, since it was started; null before.</summary>
    public Task? Running { get; private set; }

    /// <summary>Takes back what the endpoint has made of the response's head.</summary>
    public void Undo()
    {
        context.Response.Clear();
        foreach (var (name, value) in _before)
        {
            context.Response.Headers[name] = value;
        }
    }

    /// <summary>Starts the endpoint, and waits until it is known whether the response can be stored.</summary>
    /// <exception cref="OperationCanceledException">The client went away: somebody else is to render.</exception>
    public async ValueTask<CachedPage> CreateAsync(CacheFactoryContext said)
    {
        if (_flow is null)
        {
            Running = RunAsync();
        }
        else
        {
            ExecutionContext.Run(_flow, static render => ((PageRender)render!).Running = ((PageRender)render).RunAsync(), this);
        }

        var (page, reason) = await _verdict.Task.ConfigureAwait(false);
        if (page is not null)
        {
            said.Policy = _policy!;
            return page;
        }

        services.Refused(reason!.Value);
        _aborted.ThrowIfCancellationRequested();
        if (said.IsRefresh && (reason == NotStored.Failed || _status >= StatusCodes.Status500InternalServerError))
        {
            // What is there stays, and is answered as long as it may.
            throw new PageNotRenderedException();
        }

        said.Policy = terms.Policies(services.Caches).Uncacheable;
        return CachedPage.Uncacheable;
    }

    private async Task RunAsync()
    {
        var features = context.Features;
        var (body, lifetime, said) = (features.GetRequiredFeature<IHttpResponseBodyFeature>(), features.Get<IHttpRequestLifetimeFeature>(), features.Get<IOutputCacheFeature>());
        var (session, response) = (features.Get<ISessionFeature>(), features.GetRequiredFeature<IHttpResponseFeature>());
        var (noneMatch, modifiedSince) = (context.Request.Headers.IfNoneMatch, context.Request.Headers.IfModifiedSince);
        _copy = new BodyCopy(services.LargestBody(), BeginBody, () => Refuse(NotStored.TooLarge));
        var captured = new CapturedBody(new CaptureStream(body.Stream, _copy), body, () => ConcludeAsync(isComplete: true));
        try
        {
            foreach (var (name, value) in context.Response.Headers)
            {
                _before[name] = value;
            }

            // Others want the whole response, so the endpoint is not told what this client has.
            context.Request.Headers.Remove(HeaderNames.IfNoneMatch);
            context.Request.Headers.Remove(HeaderNames.IfModifiedSince);
            features.Set<IHttpResponseFeature>(_response = new WatchedResponse(response));
            features.Set<IHttpResponseBodyFeature>(captured);
            features.Set<IOutputCacheFeature>(_said);
            if (lifetime is not null)
            {
                features.Set<IHttpRequestLifetimeFeature>(_lifetime = new WatchedLifetime(lifetime));
            }

            if (session is not null)
            {
                features.Set<ISessionFeature>(_session = new WatchedSession(session));
            }

            await next(context).ConfigureAwait(false);
            if (captured.Writer.CanGetUnflushedBytes && captured.Writer.UnflushedBytes > 0)
            {
                await captured.Writer.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }

            await ConcludeAsync(ReferenceEquals(features.Get<IHttpResponseBodyFeature>(), captured)).ConfigureAwait(false);
        }
        finally
        {
            Refuse(NotStored.Failed);
            _copy.Drop();
            _patience?.Dispose();
            features.Set(response);
            features.Set(body);
            features.Set(said);
            if (lifetime is not null)
            {
                features.Set(lifetime);
            }

            if (session is not null)
            {
                features.Set(session);
            }

            (context.Request.Headers.IfNoneMatch, context.Request.Headers.IfModifiedSince) = (noneMatch, modifiedSince);
        }
    }

    /// <summary>
    /// Something of the body comes. What is not complete a lease's time later is a stream, perhaps an endless one: nobody is to wait for it. The verdict alone is another
    /// thread's; the copy is dropped by who writes.
    /// </summary>
    private void BeginBody()
    {
        if (_verdict.Task.IsCompleted)
        {
            _copy!.Drop();
            return;
        }

        Begin();
        _patience ??= services.Caches.Time.CreateTimer(
            static render => ((PageRender)render!)._verdict.TrySetResult((null, NotStored.Streamed)),
            this,
            terms.Policies(services.Caches).Page.LeaseTime,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes the head of the response as the endpoint made it: before anything that outer middleware adds when it starts.</summary>
    private void Begin()
    {
        if (_headers is not null)
        {
            return;
        }

        var response = context.Response;
        (_status, _declaredLength) = (response.StatusCode, response.ContentLength);
        _headers = StorageRules.Own(_before, response.Headers);
        if (StorageRules.Head(response.StatusCode, response.Headers, terms) is { } reason)
        {
            Refuse(reason);
        }
    }

    private void Refuse(NotStored reason)
    {
        if (_verdict.TrySetResult((null, reason)))
        {
            _copy?.Drop();
        }
    }

    private async ValueTask ConcludeAsync(bool isComplete)
    {
        var startedElsewhere = _headers is null && context.Response.HasStarted;
        Begin();
        if (_verdict.Task.IsCompleted)
        {
            return;
        }

        var reason = !isComplete || startedElsewhere ? NotStored.Streamed : await ReasonAsync().ConfigureAwait(false);
        if (reason is null && _copy!.ToArray() is { } body && services.Page(_headers!, body) is { } page)
        {
            _verdict.TrySetResult((page, null));
            return;
        }

        Refuse(reason ?? NotStored.TooLarge);
    }

    /// <summary>The response has not started, because middleware outside holds its body; and the endpoint has more to say when it starts.</summary>
    private bool IsHeldBack => _response is { HasMoreToSay: true, HasStarted: false };

    /// <summary>What speaks against storing a response that was rendered to its end.</summary>
    private async ValueTask<NotStored?> ReasonAsync()
    {
        var response = context.Response;
        return _aborted.IsCancellationRequested || _lifetime is { IsAborted: true } ? NotStored.Aborted
            : _declaredLength is { } length && length != _copy!.Length ? NotStored.Partial
            : context.Features.Get<IHttpResponseTrailersFeature>() is { Trailers.Count: > 0 } ? NotStored.Partial
            : response.Headers.ContainsKey(HeaderNames.SetCookie) ? NotStored.SetCookie
            : StorageRules.Forbids(response.Headers) ? NotStored.CacheControl
            : IsHeldBack ? NotStored.HeldBack
            : AntiforgeryUse.IsIn(context) ? NotStored.Antiforgery
            : PageNonce.IsIn(response.Headers, _copy!.Written) ? NotStored.Nonce
            : binding.IsBypassed ? NotStored.Bypassed
            : !_said.TryApply(terms.Policies(services.Caches).Page, out _policy) ? NotStored.Declined
            : _use.IsNarrowerThan(terms.Level) || (_session is { IsUsed: true } && terms.Level != StorageLevel.Session) ? NotStored.NarrowerData
            : await IsStillTheSameAsync().ConfigureAwait(false) ? null
            : NotStored.OtherUser;
    }

    /// <summary>
    /// Whether the request would find its response where it is going to be stored: a user who signed in or out meanwhile, or got another claim, would not. Nor would one whom the request's
    /// credentials no longer stand for.
    /// </summary>
    private async ValueTask<bool> IsStillTheSameAsync()
    {
        try
        {
            return await services.Credentials.AllowAsync(context, terms).ConfigureAwait(false)
                && await services.Scopes.AddressAsync(context, binding: null, terms).ConfigureAwait(false) == address;
        }
        catch (Exception)
        {
            // A resolver or scheme of the application's that fails now has nothing to do with the response, which is complete.
            return false;
        }
    }
}

/// <summary>A refresh that came to nothing.</summary>
internal sealed class PageNotRenderedException() : Exception("The response was not one to be stored.");
