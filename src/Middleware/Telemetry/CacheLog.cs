using Microsoft.Extensions.Logging;

namespace ScopedCaching.Telemetry;

/// <summary>Every message of the scoped caches. Never a key, value, customer or session; of exceptions, the type and where they were thrown, but not the message, which may hold any of them.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(2000, LogLevel.Warning, "A factory failed with {Error}. The previous value is returned for as long as its policy allows.\n{StackTrace}")]
    public static partial void StaleAnswered(ILogger logger, string error, string? stackTrace);

    [LoggerMessage(2001, LogLevel.Warning, "A factory failed in the background with {Error}. The previous value is kept.\n{StackTrace}")]
    public static partial void BackgroundFactoryFailed(ILogger logger, string error, string? stackTrace);

    [LoggerMessage(2004, LogLevel.Debug, "{Operation} at {Level}: {Outcome}, tier {Tier}, entry {KeyHash}")]
    public static partial void Operation(ILogger logger, CacheOperationKind operation, StorageLevel level, CacheOperationOutcome outcome, CacheTier tier, string keyHash);

    [LoggerMessage(2003, LogLevel.Error, "A change of the cache's configuration was rejected, and the previous settings remain in effect: {Reason}")]
    public static partial void ChangeRefused(ILogger logger, string reason);

    [LoggerMessage(2002, LogLevel.Information, "Another process has been creating an entry for {Seconds} s; its factory runs here too.")]
    public static partial void LeaseWaitedOut(ILogger logger, double seconds);

    [LoggerMessage(2010, LogLevel.Warning, "A value exceeds the server's item limit. It was returned, but not stored.")]
    public static partial void TooLargeToStore(ILogger logger);

    [LoggerMessage(2011, LogLevel.Warning, "A removal through HybridCache was not delivered. The entries may still be found.")]
    public static partial void RemovalUndelivered(ILogger logger);

    [LoggerMessage(2020, LogLevel.Debug, "A response was rendered but not stored: {Reason}")]
    public static partial void ResponseNotStored(ILogger logger, NotStored reason);

    [LoggerMessage(2021, LogLevel.Warning, "A response was not stored, because it was made from data of a narrower level than its own: from a session's cache or ASP.NET Core's session for a customer's response, or from a customer's cache for a service-wide response.")]
    public static partial void ResponseOfNarrowerData(ILogger logger);

    [LoggerMessage(2022, LogLevel.Warning,
        "A signed-in user's request for {Endpoint} was not answered from the cache, and its response is not stored, because not everything that the response depends on is known: the customer (o.Customer), or the user, session or a route value. Logged once for each endpoint.")]
    public static partial void ResponseOfNobody(ILogger logger, string? endpoint);

    [LoggerMessage(2030, LogLevel.Information, "An action was performed through the inspector or a command: {Action}, at the {Level} level. Outcome: {Outcome}. Request: {Request}.")]
    public static partial void InspectorUsed(ILogger logger, string action, string level, string outcome, string request);

    [LoggerMessage(2031, LogLevel.Warning, "A user of the inspector attempted an action without permission: {Action}. Request: {Request}.")]
    public static partial void InspectorRefused(ILogger logger, string action, string request);

    [LoggerMessage(2032, LogLevel.Warning, "The file of recent keys cannot be written: {Error}. The keys are only kept in this process's memory.")]
    public static partial void RecentKeysNotKept(ILogger logger, string error);
}
