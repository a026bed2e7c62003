using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A policy as the layer below takes it; made once for each policy and view, because both are immutable and reused.</summary>
internal sealed class WritePlan
{
    private static readonly CacheViewOptions s_plain = new();
    private static readonly ConditionalWeakTable<CacheViewOptions, ConditionalWeakTable<CachePolicy, WritePlan>> s_plans = [];

    private readonly EntryWrite _ofNull;

    private WritePlan(CachePolicy policy, CacheViewOptions view)
    {
        var encrypt = policy.Encrypt ?? view.Encrypt;
        var serializer = policy.Serializer is { } inner && view.Serializer is IWrappingValueSerializer outer
            ? new WrappedSerializer(outer, inner)
            : policy.Serializer ?? view.Serializer;
        (Policy, View) = (policy, view);
        Format = encrypt is null && policy.Compress is null && serializer is null
            ? EntryFormat.Default
            : new EntryFormat { Encrypt = encrypt, Compress = policy.Compress, Serializer = serializer };
        Read = Format == EntryFormat.Default && policy.EntryTags.Names.Count == 0 ? EntryRead.Default : new EntryRead { Format = Format, Tags = policy.EntryTags };
        ReadPayload = Read with { AsPayload = true };
        KeepsLocally = policy.LocalFor is not null && policy.SlidingExpiration is null;
        Set = Living(new EntryWrite { Format = Format, FireAndForget = policy.FireAndForget, Tags = policy.EntryTags }, policy.Expiration);
        _ofNull = policy.NullExpiration is { } ofNull ? Living(Set, ofNull) : Set;
    }

    public CachePolicy Policy { get; }

    public CacheViewOptions View { get; }

    public EntryFormat Format { get; }

    public EntryRead Read { get; }

    public EntryRead ReadPayload { get; }

    /// <summary>Whether values are kept in this process's memory. Not those with a sliding window: reads of that memory do not keep them alive.</summary>
    public bool KeepsLocally { get; }

    /// <summary>A write of something, without jitter.</summary>
    public EntryWrite Set { get; }

    public static WritePlan For(CachePolicy policy, CacheViewOptions? view) =>
        s_plans.GetOrCreateValue(view ?? s_plain).GetValue(policy, key => new WritePlan(key, view ?? s_plain));

    /// <summary>The write of a value.</summary>
    public EntryWrite Of<T>(T value, WriteCondition condition = WriteCondition.Always)
    {
        var isNull = value is null or IAroundValue { Inside: null };
        var write = isNull ? _ofNull : Set;
        if (Policy.Jitter > TimeSpan.Zero && (isNull && Policy.NullExpiration is not null ? Policy.NullExpiration : Policy.Expiration) is { } expiration)
        {
            var most = Policy.Jitter < expiration * 0.9 ? Policy.Jitter : expiration * 0.9;
#pragma warning disable CA5394 // Chance spreads the ends of entries here; nothing depends on its being unpredictable.
            write = Living(write, expiration - (most * Random.Shared.NextDouble()));
#pragma warning restore CA5394
        }

        return condition == WriteCondition.Always ? write : write with { Condition = condition };
    }

    /// <summary>Whether a value is so near its end that it is refreshed before.</summary>
    public bool IsRefreshDue(DateTimeOffset? until, TimeProvider time) => Policy.RefreshAhead is { } ahead && until - time.GetUtcNow() is { } left && left <= ahead;

    private EntryWrite Living(EntryWrite write, TimeSpan? expiration)
    {
        var stale = expiration is null ? null : Policy.StaleFor;
        return write with { Life = new EntryLife(expiration + (stale ?? TimeSpan.Zero), Policy.SlidingExpiration), FreshFor = stale is null ? null : expiration };
    }
}
