namespace ScopedCaching;

/// <summary>The kinds of commands.</summary>
public enum ScopedCacheAction
{
    /// <summary>Shows a value.</summary>
    Read,

    /// <summary>Stores a value, replacing any existing one.</summary>
    Set,

    /// <summary>Stores a value only if there already is one.</summary>
    Update,

    /// <summary>Removes a value.</summary>
    Remove,

    /// <summary>Makes all values of the level's scope, or of the prefix within it, misses.</summary>
    Clear,

    /// <summary>Lists the recent keys.</summary>
    Keys,

    /// <summary>Shows the servers' statistics.</summary>
    Stats,
}

/// <summary>A command. Immutable.</summary>
/// <param name="Action">The action it performs.</param>
public sealed record ScopedCacheCommand(ScopedCacheAction Action)
{
    /// <summary>The level.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>.</value>
    public StorageLevel Level { get; init; } = StorageLevel.Stack;

    /// <summary>The customer key; the stack and session levels need it.</summary>
    public string? Customer { get; init; }

    /// <summary>The user's id; the session level needs it.</summary>
    public string? User { get; init; }

    /// <summary>The session's id; the session level needs it.</summary>
    public string? Session { get; init; }

    /// <summary>The additional key prefix, as in <see cref="IScopedCache.GetCache"/>.</summary>
    /// <value>The default is empty: none.</value>
    public string Prefix { get; init; } = "";

    /// <summary>The key, for commands that need one; for <see cref="ScopedCacheAction.Keys"/>, the text to search for.</summary>
    public string? Key { get; init; }

    /// <summary>The value to store.</summary>
    public string? Value { get; init; }

    /// <summary>Whether the value is JSON.</summary>
    /// <value>The default is false: the value is text.</value>
    public bool IsJson { get; init; }

    /// <summary>How long the value lives; positive, and less than 68 years.</summary>
    /// <value>The default is null: as in <see cref="ScopedCacheOptions.DefaultPolicy"/>.</value>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Whether <see cref="ScopedCacheAction.Keys"/> shows customers by name instead of by short hashes.</summary>
    /// <value>The default is false.</value>
    public bool RevealsCustomers { get; init; }
}

/// <summary>The result of a command.</summary>
/// <param name="ExitCode">0: done. 1: there was no value, or it was not stored. 2: the command is incomplete or not understood. 3: the cache could not be reached.</param>
/// <param name="Text">The text for the user: a value, a list, or a description of what happened.</param>
public sealed record ScopedCacheCommandResult(int ExitCode, string Text)
{
    /// <summary>An additional note for the user, for standard error: the command used its own embedded cache, which ends with the command.</summary>
    /// <value>The default is null: no note.</value>
    public string? Note { get; init; }
}

/// <summary>
/// Gives a command line access to the caches: reads, sets, updates and clears in the scope of an explicit customer, user and session, lists recent keys, and shows statistics. Anyone who can run it in the
/// application's environment has the application's keys and rights. Registered by <c>AddMemcachedScopedCache()</c>. Thread-safe.
/// </summary>
public interface IScopedCacheCommands
{
    /// <summary>Runs a command.</summary>
    /// <exception cref="OperationCanceledException">The command was cancelled.</exception>
    ValueTask<ScopedCacheCommandResult> RunAsync(ScopedCacheCommand command, CancellationToken cancellationToken = default);
}
