using Microsoft.Extensions.Logging;

namespace ScopedCaching.Memcached.Telemetry;

internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "The connection to {Server} was lost: {Reason}. It is opened anew at the next request.")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(1001, LogLevel.Warning, "The server {Server} cannot be reached: {Reason}. Reads miss and writes are dropped until it can; said once until then.")]
    public static partial void ConnectionRefused(ILogger logger, string server, string reason);
}
