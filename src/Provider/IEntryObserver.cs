namespace ScopedCaching.Memcached;

/// <summary>What is known of an entry without its value.</summary>
/// <param name="Size">How many bytes it takes sealed.</param>
/// <param name="IsEncrypted">Whether it is encrypted.</param>
/// <param name="Deadline">When it ends; null for never.</param>
public readonly record struct EntryFacts(int Size, bool IsEncrypted, DateTimeOffset? Deadline);

/// <summary>
/// Told of every entry that <see cref="IFreshStore"/> has stored or opened. Register one as a singleton. Called on the operation's own thread, so it
/// must be quick, thread-safe, and must not throw.
/// </summary>
public interface IEntryObserver
{
    /// <summary>An entry was stored, or opened.</summary>
    void Seen(in EntryAddress address, in EntryFacts facts);
}
