using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;

namespace ScopedCaching.Output;

/// <summary>The body of a response that is being rendered: everything that is written, whichever way, goes through the capture.</summary>
/// <param name="capture">Where it goes.</param>
/// <param name="prior">The body in whose place this stands.</param>
/// <param name="completed">Called when the endpoint says that there is no more to come, though it may go on itself.</param>
internal sealed class CapturedBody(CaptureStream capture, IHttpResponseBodyFeature prior, Func<ValueTask> completed) : StreamResponseBodyFeature(capture, prior)
{
    public override async Task CompleteAsync()
    {
        await base.CompleteAsync().ConfigureAwait(false);
        await PriorFeature!.CompleteAsync().ConfigureAwait(false);
        await completed().ConfigureAwait(false);
    }
}

/// <summary>Notes that an endpoint aborted its own connection: the token may tell it only later.</summary>
internal sealed class WatchedLifetime(IHttpRequestLifetimeFeature inner) : IHttpRequestLifetimeFeature
{
    public bool IsAborted { get; private set; }

    public CancellationToken RequestAborted
    {
        get => inner.RequestAborted;
        set => inner.RequestAborted = value;
    }

    public void Abort()
    {
        IsAborted = true;
        inner.Abort();
    }
}

/// <summary>Notes that an endpoint left something of the response's head for later: a cookie, say, or that it is not to be stored.</summary>
internal sealed class WatchedResponse(IHttpResponseFeature inner) : IHttpResponseFeature
{
    public bool HasMoreToSay { get; private set; }

    public int StatusCode
    {
        get => inner.StatusCode;
        set => inner.StatusCode = value;
    }

    public string? ReasonPhrase
    {
        get => inner.ReasonPhrase;
        set => inner.ReasonPhrase = value;
    }

    public IHeaderDictionary Headers
    {
        get => inner.Headers;
        set => inner.Headers = value;
    }

    [Obsolete("As in the interface.")]
    public Stream Body
    {
        get => inner.Body;
        set => inner.Body = value;
    }

    public bool HasStarted => inner.HasStarted;

    public void OnStarting(Func<object, Task> callback, object state)
    {
        HasMoreToSay = true;
        inner.OnStarting(callback, state);
    }

    public void OnCompleted(Func<object, Task> callback, object state) => inner.OnCompleted(callback, state);
}

/// <summary>What an endpoint may say of its response through the platform's own feature: tags, another expiration, or that it is not to be stored.</summary>
internal sealed class PageFeature(HttpContext context) : IOutputCacheFeature
{
    public OutputCacheContext Context { get; } = new() { HttpContext = context, EnableOutputCaching = true, AllowCacheLookup = true, AllowCacheStorage = true };

    /// <summary>The policy with what was said; false when the response is not to be stored, or what was said cannot be.</summary>
    public bool TryApply(CachePolicy policy, [NotNullWhen(true)] out CachePolicy? applied)
    {
        applied = null;
        if (!Context.AllowCacheStorage)
        {
            return false;
        }

        try
        {
            applied = Context.Tags.Count == 0 ? policy : policy with { Tags = [.. policy.Tags, .. Context.Tags] };
            applied = Context.ResponseExpirationTimeSpan is { } other ? applied with { Expiration = other } : applied;
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>Whether forms of a response bear tokens against forgery, which belong to one browser.</summary>
internal static class AntiforgeryUse
{
    // The platform's own note of the tokens of a request; its type is not public.
    private const string Feature = "IAntiforgeryFeature";

    public static bool IsIn(HttpContext context)
    {
        foreach (var (type, _) in context.Features)
        {
            if (type.Name is Feature)
            {
                return true;
            }
        }

        return false;
    }
}
