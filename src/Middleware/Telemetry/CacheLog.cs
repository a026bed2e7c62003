using Microsoft.Extensions.Logging;

namespace ScopedCaching.Telemetry;

/// <summary>Every message of the scoped caches. Never a key, value, customer or session; of exceptions, the type alone, since a message may hold any of them.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(2000, LogLevel.Warning, "A factory failed with {Error}; the value before it is answered as long as its policy allows.")]
    public static partial void StaleAnswered(ILogger logger, string error);

    [LoggerMessage(2001, LogLevel.Warning, "A factory failed in the background with {Error}; the value before it stays.")]
    public static partial void BackgroundFactoryFailed(ILogger logger, string error);

    [LoggerMessage(2004, LogLevel.Debug, "{Operation} at {Level}: {Outcome}, tier {Tier}, entry {KeyHash}")]
    public static partial void Operation(ILogger logger, CacheOperationKind operation, StorageLevel level, CacheOperationOutcome outcome, CacheTier tier, string keyHash);

    [LoggerMessage(2003, LogLevel.Error, "A change of the cache's configuration was refused, and the former settings stay: {Reason}")]
    public static partial void ChangeRefused(ILogger logger, string reason);

    [LoggerMessage(2002, LogLevel.Information, "Another process has been creating an entry for {Seconds} s; its factory runs here too.")]
    public static partial void LeaseWaitedOut(ILogger logger, double seconds);

    [LoggerMessage(2010, LogLevel.Warning, "A value is above the server's item limit; it was answered and not stored.")]
    public static partial void TooLargeToStore(ILogger logger);

    [LoggerMessage(2011, LogLevel.Warning, "A removal through HybridCache was not delivered; what was to be removed may still be found.")]
    public static partial void RemovalUndelivered(ILogger logger);

    [LoggerMessage(2020, LogLevel.Debug, "A response was rendered and not stored: {Reason}")]
    public static partial void ResponseNotStored(ILogger logger, NotStored reason);

    [LoggerMessage(2021, LogLevel.Warning, "A response was not stored, because it was made of what is narrower than its level: a session's cache or ASP.NET Core's session for a customer, or a customer's cache for all.")]
    public static partial void ResponseOfNarrowerData(ILogger logger);

    [LoggerMessage(2030, LogLevel.Information, "Through the inspector or a command somebody did: {Action}, at the {Level} level. It came to: {Outcome}. Request: {Request}.")]
    public static partial void InspectorUsed(ILogger logger, string action, string level, string outcome, string request);

    [LoggerMessage(2031, LogLevel.Warning, "Through the inspector somebody tried to do what is not allowed to them: {Action}. Request: {Request}.")]
    public static partial void InspectorRefused(ILogger logger, string action, string request);

    [LoggerMessage(2032, LogLevel.Warning, "The file of recent keys cannot be written: {Error}. They stay in this process's memory.")]
    public static partial void RecentKeysNotKept(ILogger logger, string error);
}
