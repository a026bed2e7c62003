namespace ScopedCaching;

/// <summary>What a read found.</summary>
/// <typeparam name="T">The type that was asked for.</typeparam>
public readonly struct CacheResult<T>
{
    /// <summary>A value that was found, which may be null.</summary>
    public CacheResult(T? value) => (Found, Value) = (true, value);

    internal CacheResult(T? value, ulong version) => (Found, Value, Version) = (true, value, new CacheVersion(version));

    internal CacheResult(CacheVersion version) => Version = version;

    /// <summary>Whether there is a value, which may be null.</summary>
    public bool Found { get; }

    /// <summary>The value when <see cref="Found"/>, else the type's default.</summary>
    public T? Value { get; }

    /// <summary>
    /// What was read, for <see cref="ICache.SetIfUnchangedAsync{T}"/>: also a miss has one. The default where the answer came from memory of this process, or the
    /// backend has no versions.
    /// </summary>
    public CacheVersion Version { get; }

    /// <summary>The value when <see cref="Found"/>, else <paramref name="fallback"/>.</summary>
    public T? ValueOr(T? fallback) => Found ? Value : fallback;
}

/// <summary>Which write of an entry was read. Opaque.</summary>
public readonly record struct CacheVersion
{
    internal CacheVersion(ulong number, bool isKnown = true) => (Number, IsKnown) = (number, isKnown);

    /// <summary>0 stands for nothing there at all.</summary>
    internal ulong Number { get; }

    internal bool IsKnown { get; }
}
