namespace ScopedCaching.Memcached.Telemetry;

/// <summary>Names of tags: OpenTelemetry's where it has one, else ours under a prefix.</summary>
internal static class Tags
{
    public const string System = "db.system.name";
    public const string Operation = "db.operation.name";
    public const string BatchSize = "db.operation.batch.size";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";
    public const string Outcome = "scopedcaching.outcome";
    public const string Reason = "scopedcaching.reason";
    public const string Result = "scopedcaching.result";
    public const string State = "scopedcaching.state";

    /// <summary>Which cache it is, where one has a name: several may share a server.</summary>
    public const string Cache = "scopedcaching.cache";

    /// <summary>What all figures of a cache bear: its name, where it has one.</summary>
    public static KeyValuePair<string, object?>[] Of(string cache) => cache.Length == 0 ? [] : [new(Cache, cache)];

    /// <summary>What kind of error it is: the full name of the exception's type, as the conventions have it. Never a message, which may hold anything.</summary>
    public static KeyValuePair<string, object?> Error(Exception error) => new(ErrorType, error.GetType().FullName);
}
