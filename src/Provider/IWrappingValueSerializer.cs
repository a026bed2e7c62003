using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>
/// A serializer that puts something of its own around what another one writes: the one of the policy, else what values are without one (strings,
/// integers and bytes as themselves, everything else as JSON). Given where an <see cref="IValueSerializer"/> is. Must be thread-safe.
/// </summary>
public interface IWrappingValueSerializer : IValueSerializer
{
    /// <summary>Writes <paramref name="value"/>, handing what is inside it to <paramref name="inner"/>.</summary>
    void Serialize<T>(T value, IBufferWriter<byte> destination, IValueSerializer inner);

    /// <summary>Reads what <see cref="Serialize{T}(T, IBufferWriter{byte}, IValueSerializer)"/> wrote. Any exception makes the entry a miss, and is counted.</summary>
    /// <param name="source">The bytes; not valid after the call.</param>
    /// <param name="inner">Reads what is inside.</param>
    T? Deserialize<T>(ReadOnlyMemory<byte> source, IValueSerializer inner);
}
