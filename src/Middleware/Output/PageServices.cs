using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ScopedCaching.Caching;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Output;

/// <summary>What every endpoint works with, the same for all requests.</summary>
/// <param name="caches">Where responses are.</param>
/// <param name="scopes">Whose they are.</param>
/// <param name="credentials">What those say who ask.</param>
/// <param name="metrics">Counts.</param>
/// <param name="itemLimit">The largest item that can be stored, in bytes. Larger ones are a matter of the store below, once it takes them.</param>
internal sealed class PageServices(CacheServices caches, PageScopes scopes, HeaderCredentials credentials, OutputMetrics metrics, Func<long> itemLimit)
{
    /// <summary>The envelope around an item: its header with the data key, tags and generations.</summary>
    private const int EnvelopeRoom = 4096;

    private const int EntityTagBytes = 16;

    public CacheServices Caches => caches;

    public PageScopes Scopes => scopes;

    public HeaderCredentials Credentials => credentials;

    public OutputMetrics Metrics => metrics;

    /// <summary>Notes that a response was rendered and not stored.</summary>
    public void Refused(NotStored reason)
    {
        metrics.NotStored(reason);
        switch (reason)
        {
            case NotStored.TooLarge:
                CacheLog.TooLargeToStore(caches.Logger);
                break;
            case NotStored.NarrowerData:
                CacheLog.ResponseOfNarrowerData(caches.Logger);
                break;
            default:
                CacheLog.ResponseNotStored(caches.Logger, reason);
                break;
        }
    }

    public long LargestBody() => Math.Max(0, itemLimit() - EnvelopeRoom);

    /// <summary>A response made now, with an entity tag where the endpoint gave none; null when it is too large.</summary>
    public CachedPage? Page(KeyValuePair<string, StringValues>[] headers, byte[] body)
    {
        if (!Array.Exists(headers, static header => header.Key.Equals(HeaderNames.ETag, StringComparison.OrdinalIgnoreCase)))
        {
            headers = [.. headers, new(HeaderNames.ETag, EntityTag(body))];
        }

        var page = new CachedPage(caches.Time.GetUtcNow(), headers, body);
        return page.Size <= LargestBody() ? page : null;
    }

    // Weak, because middleware may compress what is sent.
    private static string EntityTag(byte[] body)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, digest);
        return $"W/\"{Convert.ToHexString(digest[..EntityTagBytes])}\"";
    }
}
