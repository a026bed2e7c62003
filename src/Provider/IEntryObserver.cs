namespace ScopedCaching.Memcached;

/// <summary>Facts about an entry, without its value.</summary>
/// <param name="Size">Its sealed size in bytes.</param>
/// <param name="IsEncrypted">Whether it is encrypted.</param>
/// <param name="Deadline">When it expires; null for never.</param>
public readonly record struct EntryFacts(int Size, bool IsEncrypted, DateTimeOffset? Deadline);

/// <summary>
/// Notified of every entry that <see cref="IFreshStore"/> has stored or opened. Register an implementation as a singleton. It is called on the operation's own thread, so it
/// must be fast, thread-safe, and must not throw.
/// </summary>
public interface IEntryObserver
{
    /// <summary>An entry was stored, or opened.</summary>
    void Seen(in EntryAddress address, in EntryFacts facts);
}
