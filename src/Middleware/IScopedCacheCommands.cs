namespace ScopedCaching;

/// <summary>What a command does.</summary>
public enum ScopedCacheAction
{
    /// <summary>Shows a value.</summary>
    Read,

    /// <summary>Stores a value, whatever was there.</summary>
    Set,

    /// <summary>Stores a value only where there is one.</summary>
    Update,

    /// <summary>Removes a value.</summary>
    Remove,

    /// <summary>Makes everything of the level's scope, or of the prefix in it, a miss.</summary>
    Clear,

    /// <summary>Lists the recent keys.</summary>
    Keys,

    /// <summary>Shows the servers' figures.</summary>
    Stats,
}

/// <summary>One command. Immutable.</summary>
/// <param name="Action">What it does.</param>
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

    /// <summary>The added prefix, as of <see cref="IScopedCache.GetCache"/>.</summary>
    /// <value>The default is empty: none.</value>
    public string Prefix { get; init; } = "";

    /// <summary>The key, where there is one; of <see cref="ScopedCacheAction.Keys"/>, what to search for.</summary>
    public string? Key { get; init; }

    /// <summary>The value to store.</summary>
    public string? Value { get; init; }

    /// <summary>Whether the value is JSON.</summary>
    /// <value>The default is false: it is text.</value>
    public bool IsJson { get; init; }

    /// <summary>How long it lives; positive, and less than 68 years.</summary>
    /// <value>The default is null: as long as <see cref="ScopedCacheOptions.DefaultPolicy"/> says.</value>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Whether <see cref="ScopedCacheAction.Keys"/> names customers, in place of short hashes.</summary>
    /// <value>The default is false.</value>
    public bool RevealsCustomers { get; init; }
}

/// <summary>What came of a command.</summary>
/// <param name="ExitCode">0: done. 1: there was nothing, or it was not stored. 2: the command is not complete, or not understood. 3: the cache could not be reached.</param>
/// <param name="Text">For whoever asked: a value, a list, or what happened.</param>
public sealed record ScopedCacheCommandResult(int ExitCode, string Text)
{
    /// <summary>What whoever asked should know besides, for standard error: that the cache is an embedded one of the command's own, which ends with it.</summary>
    /// <value>The default is null: nothing.</value>
    public string? Note { get; init; }
}

/// <summary>
/// The caches from a command line: reads, sets, updates and clears in an explicit customer's, user's and session's scope, lists recent keys, shows figures. Whoever can run it in the
/// application's place holds the application's keys and may do what it may. Registered by <c>AddMemcachedScopedCache()</c>. Thread-safe.
/// </summary>
public interface IScopedCacheCommands
{
    /// <summary>Runs a command.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<ScopedCacheCommandResult> RunAsync(ScopedCacheCommand command, CancellationToken cancellationToken = default);
}
