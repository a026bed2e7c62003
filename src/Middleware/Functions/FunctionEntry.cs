using ScopedCaching.Caching;

namespace ScopedCaching.Functions;

/// <summary>
/// What a call's key holds: a value, the version of the function that made it, and an id of its own. The key does not name the version, so that clearing it
/// clears for every version; another version keeps its own values beside, under a key that names this entry's id (see docs/architecture.md).
/// </summary>
/// <param name="version">Which version of the function made the value.</param>
/// <param name="id">Random: an entry that takes this one's place has another.</param>
/// <param name="value">The value; the type's default when another version made it.</param>
internal readonly struct FunctionEntry<T>(ulong version, Guid id, T value) : IAroundValue
{
    public ulong Version => version;

    public Guid Id => id;

    public T Value => value;

    public object? Inside => value;
}
