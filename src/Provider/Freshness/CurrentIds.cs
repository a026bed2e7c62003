using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>The ids that are current, as far as they were asked for; null where there is none.</summary>
internal readonly record struct CurrentIds(Guid? Level, bool HasView, Guid? View, EntryTags Tags, Guid?[] TagIds, long ReadAt)
{
    private const int Length = 16;

    public bool IsComplete => Level is not null && (View is not null || !HasView) && Array.TrueForAll(TagIds, static id => id is not null);

    public CurrentIds WithoutTags => this with { Tags = EntryTags.None, TagIds = [] };

    /// <summary>Whether an entry's ids are the current ones. When that depends on tags nobody asked for, they are told, and the answer is false.</summary>
    public bool Cover(ReadOnlySpan<byte> ids, ReadOnlySpan<byte> tags, out EntryTags? unasked)
    {
        unasked = null;
        if (!TryTake(ref ids, Level) || (HasView && !TryTake(ref ids, View)))
        {
            return false;
        }

        if (tags.Length == 0)
        {
            return ids.Length == 0;
        }

        if (!tags.SequenceEqual(Tags.Encoded.Span))
        {
            unasked = EntryTags.Decode(tags);
            return false;
        }

        foreach (var id in TagIds)
        {
            if (!TryTake(ref ids, id))
            {
                return false;
            }
        }

        return ids.Length == 0;
    }

    public EntryGenerations? ToGenerations(ScopeGenerations scope) =>
        IsComplete ? scope.Of(Level!.Value, View, Tags, Tags.Names.Count == 0 ? [] : Array.ConvertAll(TagIds, static id => id!.Value), ReadAt) : null;

    /// <summary>The ids in the order in which they are sealed.</summary>
    public static byte[] Encode(EntryGenerations generations, bool hasView)
    {
        var encoded = new byte[Length * (1 + (hasView ? 1 : 0) + generations.TagIds.Length)];
        var at = 0;
        Put(generations.Level);
        if (hasView)
        {
            Put(generations.View!.Value);
        }

        Array.ForEach(generations.TagIds, Put);
        return encoded;

        void Put(Guid id)
        {
            id.TryWriteBytes(encoded.AsSpan(at));
            at += Length;
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> ids, Guid? current)
    {
        if (current is not { } id || ids.Length < Length || new Guid(ids[..Length]) != id)
        {
            return false;
        }

        ids = ids[Length..];
        return true;
    }
}
