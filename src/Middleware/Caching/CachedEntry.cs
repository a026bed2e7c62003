using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A value in the memory of a request or process: the object itself where it can never change, else its bytes, of which every reader makes an object of its own.</summary>
internal abstract class CachedEntry(EntryFormat format, EntryStamp? stamp, DateTimeOffset? usableUntil, long readAt) : LocalEntry
{
    private long _readAt = readAt;

    /// <summary>How the value was read. A reader who reads another way must not find it: one who demands encryption, say.</summary>
    public EntryFormat Format => format;

    /// <summary>By what it is known again in the shared cache; null when that is not known.</summary>
    public EntryStamp? Stamp => stamp;

    /// <summary>When the value ceases to be fresh; null for never.</summary>
    public DateTimeOffset? UsableUntil => usableUntil;

    /// <summary>The timestamp from before it was last read or found to be current.</summary>
    public long ReadAt
    {
        get => Volatile.Read(ref _readAt);
        set => Volatile.Write(ref _readAt, value);
    }

    public bool TryRead<T>(IFreshStore store, EntryFormat asked, out T? value)
    {
        if (!ReferenceEquals(asked, format) && asked != format)
        {
            value = default;
            return false;
        }

        if (this is CachedValue<T> same)
        {
            value = same.Value;
            return true;
        }

        value = default;
        return this is CachedPayload bytes && store.TryUnpack(bytes.Payload, format, out value);
    }
}

internal sealed class CachedValue<T>(T? value, EntryFormat format, EntryStamp? stamp, DateTimeOffset? usableUntil, long readAt)
    : CachedEntry(format, stamp, usableUntil, readAt)
{
    public T? Value => value;

    public override int Size => value switch
    {
        null => 0,
        string text => (text.Length * sizeof(char)) + 24,
        ISizedValue sized => sized.Size,
        IAroundValue { Inside: string text } => (text.Length * sizeof(char)) + 24 + Unsafe.SizeOf<T>(),
        _ => Unsafe.SizeOf<T>(),
    };
}

internal sealed class CachedPayload(EntryPayload payload, EntryFormat format, EntryStamp? stamp, DateTimeOffset? usableUntil, long readAt)
    : CachedEntry(format, stamp, usableUntil, readAt)
{
    public EntryPayload Payload => payload;

    public override int Size => payload.Length + 48;
}

/// <summary>Whether callers may be given the same object.</summary>
internal static class Sharing<T>
{
    /// <summary>
    /// True for values without references, strings, and sealed types that say so with <see cref="ImmutableObjectAttribute"/>. Set only for what is around another value and as safe as that, before its first use.
    /// </summary>
    public static bool IsSafe { get; set; } =
        !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        || typeof(T) == typeof(string)
        || typeof(T) == typeof(Uri)
        || typeof(T) == typeof(Version)
        || (typeof(T).IsSealed && typeof(T).GetCustomAttribute<ImmutableObjectAttribute>() is { Immutable: true });
}
