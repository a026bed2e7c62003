using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A policy as the layer below takes it; made once for each policy and view, because both are immutable and reused.</summary>
internal sealed class WritePlan
{
    private static readonly CacheViewOptions s_plain = new();
    private static readonly ConditionalWeakTable<CacheViewOptions, ConditionalWeakTable<CachePolicy, WritePlan>> s_plans = [];

    private WritePlan(CachePolicy policy, CacheViewOptions view)
    {
        var encrypt = policy.Encrypt ?? view.Encrypt;
        var serializer = policy.Serializer is { } inner && view.Serializer is IWrappingValueSerializer outer
            ? new WrappedSerializer(outer, inner)
            : policy.Serializer ?? view.Serializer;
        Format = encrypt is null && policy.Compress is null && serializer is null
            ? EntryFormat.Default
            : new EntryFormat { Encrypt = encrypt, Compress = policy.Compress, Serializer = serializer };
        Set = new EntryWrite
        {
            Life = new EntryLife(policy.Expiration, policy.SlidingExpiration),
            Format = Format,
            FireAndForget = policy.FireAndForget,
        };
        Add = Set with { Condition = WriteCondition.IfAbsent };
        Replace = Set with { Condition = WriteCondition.IfPresent };
    }

    public EntryFormat Format { get; }

    public EntryWrite Set { get; }

    public EntryWrite Add { get; }

    public EntryWrite Replace { get; }

    public static WritePlan For(CachePolicy policy, CacheViewOptions? view) =>
        s_plans.GetOrCreateValue(view ?? s_plain).GetValue(policy, key => new WritePlan(key, view ?? s_plain));
}
