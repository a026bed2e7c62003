using Microsoft.Extensions.Logging;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>
/// Every log message of the provider, with its fixed id: connections 1000–1099, envelope 1100–1199, sealing 1200–1299, configuration 1300–1399. Keys, values, customers and sessions never
/// appear, and no exception is logged whose message could hold one.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "The connection to {Server} was lost: {Reason}. It is reopened at the next request.")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(1001, LogLevel.Warning, "The server {Server} cannot be reached: {Reason}. Until it can be reached, reads miss and writes are dropped. Logged once until then.")]
    public static partial void ConnectionRefused(ILogger logger, string server, string reason);

    [LoggerMessage(1060, LogLevel.Warning, "The cache servers behind {Name} could not be found: {Reason}. The previous ones remain in use. Logged once until they are found.")]
    public static partial void NameUnresolved(ILogger logger, string name, string reason);

    [LoggerMessage(1002, LogLevel.Information, "The server {Server} can be reached again.")]
    public static partial void ServerReached(ILogger logger, string server);

    [LoggerMessage(1050, LogLevel.Error, "The configuration prevents a connection to the cache server {Server}, so reads miss and writes are dropped: {Reason} Logged once, until the reason changes.")]
    public static partial void LinkRefused(ILogger logger, string server, string reason);

    [LoggerMessage(1051, LogLevel.Warning,
        "The cache server {Server} was sent '{Section}:Username' and '{Section}:Password' but does not require them: anyone who can reach it can use it. Start it with a password file (memcached -Y). Logged once.")]
    public static partial void PasswordNotAskedFor(ILogger logger, string server, string section);

    [LoggerMessage(1052, LogLevel.Warning,
        "The cache server {Server} reports the version '{Version}', which does not show whether it supports everything that memcached {Oldest} does. It is used; if it does not, its connections are closed. Logged once.")]
    public static partial void VersionUnknown(ILogger logger, string server, string version, Version oldest);

    [LoggerMessage(1100, LogLevel.Error,
        "Cache entries were sealed by a process whose DataProtection keys this process does not have; they are treated as misses. All processes that share the cache " +
        "must share one key ring: persist it in a place that all of them can reach (PersistKeysToFileSystem, PersistKeysToDbContext, PersistKeysTo…) and call SetApplicationName with the " +
        "same name in all of them. This is logged once; the counter scopedcaching.envelope.unopenable keeps counting.")]
    public static partial void ForeignKeyRing(ILogger logger);

    [LoggerMessage(1101, LogLevel.Warning,
        "A cache entry's data key names a DataProtection key that this process has, but could not be unwrapped. Either the entry was tampered with, or the processes that share the " +
        "cache use different names in SetApplicationName. This is logged once.")]
    public static partial void DataKeyDidNotUnwrap(ILogger logger);

    [LoggerMessage(1102, LogLevel.Warning, "Cache entries that could not be opened since the last message of this kind ({Reason}): {Count}. They are treated as misses.")]
    public static partial void EntriesUnopenable(ILogger logger, string reason, long count);

    [LoggerMessage(1103, LogLevel.Debug, "A cache entry was opened but is not of the requested type ({Error}). It is treated as a miss.")]
    public static partial void EntryUnreadable(ILogger logger, string error);

    [LoggerMessage(1104, LogLevel.Warning, "A data key can no longer be unwrapped, because its DataProtection key was revoked or removed. Entries sealed under it are treated as misses.")]
    public static partial void DataKeyRevoked(ILogger logger);

    [LoggerMessage(1200, LogLevel.Warning, "Cache operations that failed since the last message of this kind: {Count}. The latest one failed with {Error}: {Reason}")]
    public static partial void OperationsFailed(ILogger logger, long count, string error, string reason);

    [LoggerMessage(1201, LogLevel.Error, "More removals could not be delivered to the cache server than can be remembered. Some of the removed entries may be read again when it is back.")]
    public static partial void RemovalsForgotten(ILogger logger);

    [LoggerMessage(1202, LogLevel.Error,
        "More removals could not be delivered to the fallback servers than can be remembered. Nothing more is read from them until this process is restarted.")]
    public static partial void FallbackGivenUp(ILogger logger);

    [LoggerMessage(1300, LogLevel.Warning, "The setting {Key} is unknown and has no effect. Known are: {Known}.")]
    public static partial void UnknownSetting(ILogger logger, string key, string known);

    [LoggerMessage(1301, LogLevel.Information, "The embedded cache server is used: entries are kept in this process's memory, and no other process sees them. For development only.")]
    public static partial void EmbeddedServerUsed(ILogger logger);

    [LoggerMessage(1302, LogLevel.Error, "A change of the cache's configuration was rejected, and the previous settings remain in effect: {Problem}")]
    public static partial void ChangeRefused(ILogger logger, string problem);

    [LoggerMessage(1310, LogLevel.Warning, "The file of the embedded server (LocalPath) cannot be written, or another process is using it: {Error}. Entries of this process are lost when it ends.")]
    public static partial void LocalFileNotKept(ILogger logger, string error);

    [LoggerMessage(1311, LogLevel.Warning, "The file of the embedded server (LocalPath) cannot be opened: {Error}. The server starts empty.")]
    public static partial void LocalFileNotRead(ILogger logger, string error);

    [LoggerMessage(1303, LogLevel.Information, "The cache's backend is {Backend}. Its capabilities: {Capabilities}. For the effects of missing capabilities see docs/configuration.md, Backends.")]
    public static partial void BackendUsed(ILogger logger, string backend, StoreCapabilities capabilities);
}
