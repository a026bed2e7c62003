namespace ScopedCaching;

/// <summary>What a read found.</summary>
/// <typeparam name="T">The type that was asked for.</typeparam>
public readonly struct CacheResult<T>
{
    /// <summary>A value that was found, which may be null.</summary>
    public CacheResult(T? value) => (Found, Value) = (true, value);

    /// <summary>Whether there is a value, which may be null.</summary>
    public bool Found { get; }

    /// <summary>The value when <see cref="Found"/>, else the type's default.</summary>
    public T? Value { get; }

    /// <summary>The value when <see cref="Found"/>, else <paramref name="fallback"/>.</summary>
    public T? ValueOr(T? fallback) => Found ? Value : fallback;
}
