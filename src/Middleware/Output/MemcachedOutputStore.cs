using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.OutputCaching;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Output;

/// <summary>
/// The store of the platform's own output caching, on the service level: whose a response is, is a matter of the application's policies there. Keys may hold any text of any
/// length, but not none: the platform makes the same empty key of every address it cannot make a key of.
/// </summary>
/// <param name="cache">The service's cache, a view of its own.</param>
/// <param name="policy">How entries are stored, except for how long.</param>
/// <param name="metrics">Counts what is not stored.</param>
internal sealed class MemcachedOutputStore(ICache cache, Func<CachePolicy> policy, OutputMetrics metrics) : IOutputCacheBufferStore
{
    /// <summary>Keeps the platform's tags apart from those of the service level's other entries.</summary>
    private const string TagPrefix = "output:";

    /// <summary>The tag, and what its prefix and digest take.</summary>
    private const int LongestPlainTag = EntryTags.LongestTag - 16;

    private Made? _made;

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return await FindAsync(key, cancellationToken).ConfigureAwait(false) is { } found ? found.Bytes.ToArray() : null;
    }

    public async ValueTask<bool> TryGetAsync(string key, PipeWriter destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        if (await FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return false;
        }

        foreach (var part in found.Bytes)
        {
            await destination.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        return SetAsync(key, new ReadOnlySequence<byte>(value), tags, validFor, cancellationToken);
    }

    public async ValueTask SetAsync(string key, ReadOnlySequence<byte> value, ReadOnlyMemory<string> tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0 || validFor <= TimeSpan.Zero)
        {
            return;
        }

        // What could not be evicted by all of its tags is not stored.
        string[] names = [.. tags.ToArray().Where(static tag => tag is not null).Select(Tag).Distinct(StringComparer.Ordinal)];
        if (names.Length > EntryTags.MostTags)
        {
            metrics.NotStored(NotStored.Tags);
            return;
        }

        try
        {
            await cache.SetAsync(key, new StoredOutput(value), Basis() with { Expiration = validFor, Tags = names }, cancellationToken).ConfigureAwait(false);
        }
        catch (MemcachedValueTooLargeException)
        {
            metrics.NotStored(NotStored.TooLarge);
        }
    }

    public async ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tag);
        if (!await cache.RemoveByTagAsync([Tag(tag)], cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException("The eviction was not delivered. The responses may still be found.");
        }
    }

    private static string Tag(string tag) =>
        tag.Length <= LongestPlainTag ? TagPrefix + "=" + tag : TagPrefix + "#" + Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(tag)));

    private async ValueTask<StoredOutput?> FindAsync(string key, CancellationToken cancellationToken) =>
        key.Length == 0 ? null : (await cache.TryGetAsync<StoredOutput>(key, Basis(), cancellationToken).ConfigureAwait(false)).Value;

    private CachePolicy Basis()
    {
        var basis = policy();
        if (_made is not { } made || !ReferenceEquals(made.Basis, basis))
        {
            _made = made = new Made(basis, basis with { Serializer = StoredOutputSerializer.Instance, Compress = basis.Compress ?? false, SlidingExpiration = null, StaleFor = null, Jitter = TimeSpan.Zero });
        }

        return made.Policy;
    }

    private sealed record Made(CachePolicy Basis, CachePolicy Policy);
}
