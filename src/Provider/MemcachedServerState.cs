using System.Text.Json.Serialization;

namespace ScopedCaching.Memcached;

/// <summary>How a server is, as it was when it was asked. Written to JSON by its name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemcachedServerState>))]
public enum MemcachedServerState
{
    /// <summary>It answers.</summary>
    Up,

    /// <summary>It does not answer, or not as it must.</summary>
    Down,

    /// <summary>It is back, and is told first what was removed meanwhile; then it is asked again.</summary>
    Recovering,
}
