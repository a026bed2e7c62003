using Microsoft.Extensions.Logging;

namespace ScopedCaching.Memcached.Telemetry;

/// <summary>
/// Every log message of the provider, with its fixed id: connections 1000–1099, envelope 1100–1199, sealing 1200–1299, configuration 1300–1399. Keys, values, customers and sessions never
/// appear, and no exception is logged whose message could hold one.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "The connection to {Server} was lost: {Reason}. It is opened anew at the next request.")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(1001, LogLevel.Warning, "The server {Server} cannot be reached: {Reason}. Reads miss and writes are dropped until it can; said once until then.")]
    public static partial void ConnectionRefused(ILogger logger, string server, string reason);

    [LoggerMessage(1060, LogLevel.Warning, "The cache servers behind {Name} could not be found: {Reason}. The former ones stay in use; said once until they are found.")]
    public static partial void NameUnresolved(ILogger logger, string name, string reason);

    [LoggerMessage(1002, LogLevel.Information, "The server {Server} is reached again.")]
    public static partial void ServerReached(ILogger logger, string server);

    [LoggerMessage(1050, LogLevel.Error, "No connection to the cache server {Server} comes about as things are set up, and reads miss and writes are dropped: {Reason} Logged once, until it is another reason.")]
    public static partial void LinkRefused(ILogger logger, string server, string reason);

    [LoggerMessage(1051, LogLevel.Warning,
        "The cache server {Server} was sent '{Section}:Username' and '{Section}:Password' and does not ask for any: whoever reaches it can use it. Start it with a password file (memcached -Y). Logged once.")]
    public static partial void PasswordNotAskedFor(ILogger logger, string server, string section);

    [LoggerMessage(1052, LogLevel.Warning,
        "The cache server {Server} calls its version '{Version}', which does not tell whether it can do what memcached {Oldest} can. It is used; should it not be able to, its connections are closed. Logged once.")]
    public static partial void VersionUnknown(ILogger logger, string server, string version, Version oldest);

    [LoggerMessage(1100, LogLevel.Error,
        "Cache entries were sealed by a process whose DataProtection keys this process does not have, and read as misses. Let all processes that share the cache " +
        "share one key ring: persist it where all of them reach it (PersistKeysToFileSystem, PersistKeysToDbContext, PersistKeysTo…) and call SetApplicationName with the " +
        "same name in all of them. This is logged once; the counter scopedcaching.envelope.unopenable goes on.")]
    public static partial void ForeignKeyRing(ILogger logger);

    [LoggerMessage(1101, LogLevel.Warning,
        "A cache entry's data key names a DataProtection key that this process has, and did not unwrap. Either the entry was tampered with, or the processes that share the " +
        "cache differ in SetApplicationName. This is logged once.")]
    public static partial void DataKeyDidNotUnwrap(ILogger logger);

    [LoggerMessage(1102, LogLevel.Warning, "Cache entries that did not open since the last such message ({Reason}): {Count}. They read as misses.")]
    public static partial void EntriesUnopenable(ILogger logger, string reason, long count);

    [LoggerMessage(1103, LogLevel.Debug, "A cache entry opened and is not of the type asked for ({Error}). It reads as a miss.")]
    public static partial void EntryUnreadable(ILogger logger, string error);

    [LoggerMessage(1104, LogLevel.Warning, "A data key no longer unwraps, because its DataProtection key was revoked or removed. Entries sealed under it read as misses.")]
    public static partial void DataKeyRevoked(ILogger logger);

    [LoggerMessage(1200, LogLevel.Warning, "Cache operations that failed since the last such message: {Count}; the latest with {Error}: {Reason}")]
    public static partial void OperationsFailed(ILogger logger, long count, string error, string reason);

    [LoggerMessage(1201, LogLevel.Error, "More removals could not be delivered to the cache server than can be remembered. Some of what was removed may be read again when it is back.")]
    public static partial void RemovalsForgotten(ILogger logger);

    [LoggerMessage(1202, LogLevel.Error,
        "More removals could not be delivered to the fallback servers than can be remembered. Nothing is read from them any more until this process is started anew.")]
    public static partial void FallbackGivenUp(ILogger logger);

    [LoggerMessage(1300, LogLevel.Warning, "The setting {Key} is unknown and has no effect. Known are: {Known}.")]
    public static partial void UnknownSetting(ILogger logger, string key, string known);

    [LoggerMessage(1301, LogLevel.Information, "The embedded cache server is used: entries stand in this process's memory and no other process sees them. For development.")]
    public static partial void EmbeddedServerUsed(ILogger logger);

    [LoggerMessage(1302, LogLevel.Error, "A change of the cache's configuration was refused, and the former settings stay: {Problem}")]
    public static partial void ChangeRefused(ILogger logger, string problem);

    [LoggerMessage(1310, LogLevel.Warning, "The file of the embedded server (LocalPath) cannot be written, or another process has it: {Error}. This one keeps nothing beyond its end.")]
    public static partial void LocalFileNotKept(ILogger logger, string error);

    [LoggerMessage(1311, LogLevel.Warning, "The file of the embedded server (LocalPath) does not open: {Error}. It starts empty.")]
    public static partial void LocalFileNotRead(ILogger logger, string error);

    [LoggerMessage(1303, LogLevel.Information, "The cache's backend is {Backend}. Its capabilities: {Capabilities}. What becomes of what needs others is in docs/configuration.md, Backends.")]
    public static partial void BackendUsed(ILogger logger, string backend, StoreCapabilities capabilities);
}
