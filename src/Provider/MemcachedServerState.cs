using System.Text.Json.Serialization;

namespace ScopedCaching.Memcached;

/// <summary>The state of a server when it was asked. Serialized to JSON by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MemcachedServerState>))]
public enum MemcachedServerState
{
    /// <summary>It answers.</summary>
    Up,

    /// <summary>It does not answer, or does not answer correctly.</summary>
    Down,

    /// <summary>It is back, and is first receiving the removals it missed; then it is used again.</summary>
    Recovering,
}
