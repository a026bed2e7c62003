using System.Collections.Concurrent;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>
/// Where the generations of a scope stand. They live at a level of their own, so that no entry of a user's ever has their address:
/// <code>
/// level "stack~", key ""       the level
/// level "stack~", key "v" + …  a view of it
/// level "stack~", key "t" + …  a tag, for all views of the level
/// </code>
/// </summary>
internal sealed class ScopeGenerations
{
    // Tags come from users and may be many; those not kept only cost a hash more.
    private const int MostTags = 1024;

    private readonly ConcurrentDictionary<string, Generation> _tags = new(StringComparer.Ordinal);
    private readonly EntryScope _home;
    private readonly Func<EntryAddress, ReadOnlyMemory<byte>> _wireKey;
    private EntryGenerations? _latest;

    public ScopeGenerations(GenerationStore owner, EntryScope scope, Func<EntryAddress, ReadOnlyMemory<byte>> wireKey)
    {
        Owner = owner;
        _wireKey = wireKey;
        _home = new EntryScope(scope.Prefix, scope.Level + "~", scope.Isolation, scope.Id);
        Level = Create("");
        View = scope.View.Length == 0 ? null : Create("v" + scope.View);
    }

    /// <summary>Whose they are.</summary>
    public GenerationStore Owner { get; }

    /// <summary>How many tags are kept.</summary>
    public int TagsKept => _tags.Count;

    public Generation Level { get; }

    /// <summary>Null when the scope is the level itself.</summary>
    public Generation? View { get; }

    public Generation Tag(string tag)
    {
        if (_tags.TryGetValue(tag, out var generation))
        {
            return generation;
        }

        if (_tags.Count >= MostTags)
        {
            _tags.Clear();
        }

        generation = _tags.GetOrAdd(tag, static (name, scope) => scope.Create("t" + name), this);
        Owner.NoteTag();
        return generation;
    }

    public void ForgetTags() => _tags.Clear();

    /// <summary>The ids as one object; the same as last time where nothing has changed.</summary>
    public EntryGenerations Of(Guid level, Guid? view, EntryTags tags, Guid[] tagIds, long readAt)
    {
        var latest = Volatile.Read(ref _latest);
        if (latest is not null && latest.Level == level && latest.View == view && latest.ReadAt == readAt && tagIds.Length == 0)
        {
            return latest;
        }

        var generations = new EntryGenerations(level, view, tags, tagIds, readAt);
        if (tagIds.Length == 0)
        {
            Volatile.Write(ref _latest, generations);
        }

        return generations;
    }

    private Generation Create(string key)
    {
        var address = _home.Entry(key);
        return new Generation(address, _wireKey(address));
    }
}

/// <summary>One generation: its address, and the id seen last, so that an id that has not changed is not decrypted again.</summary>
internal sealed class Generation(EntryAddress address, ReadOnlyMemory<byte> wireKey)
{
    private Seen? _seen;

    public EntryAddress Address => address;

    public ReadOnlyMemory<byte> WireKey => wireKey;

    /// <summary>The id seen last, which may have been replaced since.</summary>
    public Guid? Latest => Volatile.Read(ref _seen)?.Id;

    /// <summary>The id that the sealed bytes were seen to hold; null when they are others.</summary>
    public Guid? Recall(ReadOnlySpan<byte> sealedBytes) =>
        Volatile.Read(ref _seen) is { } seen && sealedBytes.SequenceEqual(seen.SealedBytes) ? seen.Id : null;

    /// <summary>The id seen last, when it was among the first <paramref name="noticed"/> that this process noticed: it was current once before then.</summary>
    public Guid? SeenAmong(long noticed) => Volatile.Read(ref _seen) is { } seen && seen.Number <= noticed ? seen.Id : null;

    /// <summary>The store's version of the id, when it is the one seen last; null also of one that was made here and not read yet.</summary>
    public ulong? VersionOf(Guid id) => Volatile.Read(ref _seen) is { } seen && seen.Id == id ? seen.Version : null;

    /// <summary>Keeps an id that was current a moment ago.</summary>
    public void Remember(ReadOnlySpan<byte> sealedBytes, Guid id, ulong version, ref long noticed)
    {
        var number = Volatile.Read(ref _seen) is { } seen && seen.Id == id ? seen.Number : Interlocked.Increment(ref noticed);
        Volatile.Write(ref _seen, new Seen(sealedBytes.ToArray(), id, version, number));
    }

    /// <summary>Keeps an id that was made here a moment ago. Its sealed bytes and version are seen when it is read.</summary>
    public void RememberMade(Guid id, ref long noticed)
    {
        if (Latest != id)
        {
            Volatile.Write(ref _seen, new Seen([], id, Version: null, Interlocked.Increment(ref noticed)));
        }
    }

    private sealed record Seen(byte[] SealedBytes, Guid Id, ulong? Version, long Number);
}
