namespace ScopedCaching;

/// <summary>The result of a read.</summary>
/// <typeparam name="T">The requested type.</typeparam>
public readonly struct CacheResult<T>
{
    /// <summary>A value that was found, which may be null.</summary>
    public CacheResult(T? value) => (Found, Value) = (true, value);

    internal CacheResult(T? value, ulong version) => (Found, Value, Version) = (true, value, new CacheVersion(version));

    internal CacheResult(CacheVersion version) => Version = version;

    /// <summary>Whether there is a value, which may be null.</summary>
    public bool Found { get; }

    /// <summary>The value if <see cref="Found"/>, otherwise the type's default value.</summary>
    public T? Value { get; }

    /// <summary>
    /// The version that was read, for <see cref="ICache.SetIfUnchangedAsync{T}"/>. A miss has a version, too. The default value if the answer came from this process's memory, or if the
    /// backend has no versions.
    /// </summary>
    public CacheVersion Version { get; }

    /// <summary>The value if <see cref="Found"/>, otherwise <paramref name="fallback"/>.</summary>
    public T? ValueOr(T? fallback) => Found ? Value : fallback;
}

/// <summary>Identifies the write of an entry that was read. Opaque.</summary>
public readonly record struct CacheVersion
{
    internal CacheVersion(ulong number, bool isKnown = true) => (Number, IsKnown) = (number, isKnown);

    /// <summary>0 stands for nothing there at all.</summary>
    internal ulong Number { get; }

    internal bool IsKnown { get; }
}
