using Microsoft.Extensions.Caching.Hybrid;
using ScopedCaching.Memcached;

namespace ScopedCaching.Hybrid;

/// <summary>
/// The options of <see cref="HybridCache"/> as policies. Calls that ask for the same get the same policy object, as long as it stands in a small table: policies are made
/// ready once each.
/// </summary>
internal sealed class HybridPolicies(Func<ScopedHybridCacheOptions> options, Func<CachePolicy> otherwise)
{
    private const int SlotCount = 64;
    private const HybridCacheEntryFlags NotShared = HybridCacheEntryFlags.DisableDistributedCache;

    // Longer than any process keeps a value, and far from overflowing a timestamp.
    private static readonly TimeSpan s_longestLocal = TimeSpan.FromDays(365);

    private readonly Made?[] _slots = new Made?[SlotCount];

    public HybridCacheEntryFlags FlagsOf(HybridCacheEntryOptions? call) => call?.Flags ?? options().DefaultEntryOptions?.Flags ?? HybridCacheEntryFlags.None;

    /// <exception cref="ArgumentOutOfRangeException">The expiration is not positive.</exception>
    /// <exception cref="ArgumentException">A tag is blank, too long or <c>*</c>, or there are too many.</exception>
    public CachePolicy For(HybridCacheEntryOptions? call, HybridCacheEntryFlags flags, IEnumerable<string>? tags, IValueSerializer? serializer)
    {
        var settings = options();
        var basis = settings.Policy ?? otherwise();
        var defaults = settings.DefaultEntryOptions;
        var asked = new Asked(
            call?.Expiration ?? defaults?.Expiration ?? basis.Expiration,
            call?.LocalCacheExpiration ?? defaults?.LocalCacheExpiration ?? basis.LocalFor,
            flags & (NotShared | HybridCacheEntryFlags.DisableCompression),
            serializer);
        var names = tags switch { null => [], string[] given => given, _ => [.. tags] };
        ref var slot = ref _slots[Hash(asked, names) % SlotCount];
        if (Volatile.Read(ref slot) is not { } made || !made.IsFor(basis, asked, names))
        {
            made = new Made(basis, asked, [.. names], Make(basis, asked, names));
            Volatile.Write(ref slot, made);
        }

        return made.Policy;
    }

    private static CachePolicy Make(CachePolicy basis, Asked asked, string[] tags)
    {
        if (Array.Exists(tags, static tag => string.IsNullOrWhiteSpace(tag) || tag is ScopedHybridCache.EveryTag))
        {
            throw new ArgumentException("An entry's tag must not be blank or '*', which stands for all entries.", nameof(tags));
        }

        var expiration = asked.Expiration == TimeSpan.MaxValue ? null : asked.Expiration;

        // Who leaves the shared cache out means the process's memory.
        var local = asked.Local ?? ((asked.Flags & NotShared) != HybridCacheEntryFlags.None ? expiration ?? s_longestLocal : null);
        return basis with
        {
            Expiration = expiration,
            SlidingExpiration = asked.Flags.HasFlag(HybridCacheEntryFlags.DisableDistributedCacheWrite) ? null : basis.SlidingExpiration,
            LocalFor = local <= TimeSpan.Zero ? null : local > s_longestLocal ? s_longestLocal : local,
            Compress = asked.Flags.HasFlag(HybridCacheEntryFlags.DisableCompression) ? false : basis.Compress,
            Serializer = asked.Serializer ?? basis.Serializer,
            Tags = tags.Length == 0 ? basis.Tags : [.. basis.Tags, .. tags],
        };
    }

    private static uint Hash(Asked asked, string[] tags)
    {
        var hash = default(HashCode);
        hash.Add(asked);
        foreach (var tag in tags)
        {
            hash.Add(tag, StringComparer.Ordinal);
        }

        return (uint)hash.ToHashCode();
    }

    private readonly record struct Asked(TimeSpan? Expiration, TimeSpan? Local, HybridCacheEntryFlags Flags, IValueSerializer? Serializer);

    private sealed class Made(CachePolicy basis, Asked asked, string[] tags, CachePolicy policy)
    {
        public CachePolicy Policy => policy;

        public bool IsFor(CachePolicy otherBasis, Asked other, string[] otherTags) =>
            ReferenceEquals(basis, otherBasis) && asked == other && tags.AsSpan().SequenceEqual(otherTags);
    }
}
