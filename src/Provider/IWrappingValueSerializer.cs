using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>
/// A serializer that adds its own data around the output of another serializer: the policy's, or else the default one (strings,
/// integers and bytes as they are, everything else as JSON). Can be used wherever an <see cref="IValueSerializer"/> is expected. Must be thread-safe.
/// </summary>
public interface IWrappingValueSerializer : IValueSerializer
{
    /// <summary>Writes <paramref name="value"/>, using <paramref name="inner"/> for its content.</summary>
    void Serialize<T>(T value, IBufferWriter<byte> destination, IValueSerializer inner);

    /// <summary>Reads the bytes written by <see cref="Serialize{T}(T, IBufferWriter{byte}, IValueSerializer)"/>. Any exception makes the entry a miss, and is counted.</summary>
    /// <param name="source">The bytes; not valid after the call.</param>
    /// <param name="inner">Reads the content.</param>
    T? Deserialize<T>(ReadOnlyMemory<byte> source, IValueSerializer inner);
}
