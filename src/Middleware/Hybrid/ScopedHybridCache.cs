using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Hybrid;

/// <summary>The platform's <see cref="HybridCache"/> as a view of one level of a scoped cache. Thread-safe.</summary>
internal sealed class ScopedHybridCache(
    IScopedCache caches, StorageLevel level, HybridPolicies policies, HybridSerializers serializers, ILogger logger) : HybridCache
{
    /// <summary>The tag that stands for all entries.</summary>
    public const string EveryTag = "*";

    /// <summary>Keeps keys apart from those of the application's own <see cref="ICache"/>.</summary>
    private const string View = "hybrid";

    private static readonly CacheViewOptions?[] s_views = new CacheViewOptions?[(int)TierAccess.All + 1];

    private readonly ICache _whole = caches.GetCache(View, level, Options(TierAccess.All));

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        var flags = policies.FlagsOf(options);
        var policy = policies.For(options, flags, tags, serializers.For<T>());
        return flags.HasFlag(HybridCacheEntryFlags.DisableUnderlyingData)
            ? ReadAsync<T>(Cache(flags), key, policy, cancellationToken)
            : Cache(flags).GetOrCreateAsync(key, state, factory, policy, cancellationToken);
    }

    public override async ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var flags = policies.FlagsOf(options);
        var policy = policies.For(options, flags, tags, serializers.For<T>());
        if ((Access(flags) & (TierAccess.WriteMemory | TierAccess.WriteShared)) == TierAccess.None)
        {
            return;
        }

        try
        {
            await Cache(flags).SetAsync(key, value, policy, cancellationToken).ConfigureAwait(false);
        }
        catch (MemcachedValueTooLargeException)
        {
            // As the platform's own does: the cache goes on without the value.
            CacheLog.TooLargeToStore(logger);
        }
    }

    public override async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        var outcome = await _whole.RemoveAsync(key, cancellationToken).ConfigureAwait(false);
        Told(outcome != RemoveOutcome.Undelivered);
    }

    public override async ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        string[] all = [.. keys ?? []];
        if (all.Length > 0)
        {
            var undelivered = await _whole.RemoveManyAsync(all, cancellationToken).ConfigureAwait(false);
            Told(undelivered.Count == 0);
        }
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    public override async ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        // No entry has a blank tag.
        var given = (tags ?? []).Where(static tag => !string.IsNullOrWhiteSpace(tag)).ToHashSet(StringComparer.Ordinal);
        var delivered = !given.Remove(EveryTag) || await _whole.ClearAsync(cancellationToken).ConfigureAwait(false);
        foreach (var some in given.Chunk(EntryTags.MostTags))
        {
            delivered &= await _whole.RemoveByTagAsync(some, cancellationToken).ConfigureAwait(false);
        }

        Told(delivered);
    }

    private static async ValueTask<T> ReadAsync<T>(ICache cache, string key, CachePolicy policy, CancellationToken cancellationToken)
    {
        var found = await cache.TryGetAsync<T>(key, policy, cancellationToken).ConfigureAwait(false);
        return found.Value!;
    }

    private static TierAccess Access(HybridCacheEntryFlags flags)
    {
        return Unless(HybridCacheEntryFlags.DisableLocalCacheRead, TierAccess.ReadMemory)
            | Unless(HybridCacheEntryFlags.DisableLocalCacheWrite, TierAccess.WriteMemory)
            | Unless(HybridCacheEntryFlags.DisableDistributedCacheRead, TierAccess.ReadShared)
            | Unless(HybridCacheEntryFlags.DisableDistributedCacheWrite, TierAccess.WriteShared);

        TierAccess Unless(HybridCacheEntryFlags disabled, TierAccess part) => flags.HasFlag(disabled) ? TierAccess.None : part;
    }

    private static CacheViewOptions Options(TierAccess access) =>
        s_views[(int)access] ??= new CacheViewOptions { Access = access, KeepsWhatIsSet = access.HasFlag(TierAccess.WriteMemory), AnswersWhatIsTooLarge = true };

    private ICache Cache(HybridCacheEntryFlags flags)
    {
        var access = Access(flags);
        return access == TierAccess.All ? _whole : caches.GetCache(View, level, Options(access));
    }

    /// <summary>This interface has no way to say so, and a cache that is down must not fail the request.</summary>
    private void Told(bool delivered)
    {
        if (!delivered)
        {
            CacheLog.RemovalUndelivered(logger);
        }
    }
}
