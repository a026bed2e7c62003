using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>Converts values to bytes and back. Must be thread-safe, and must never run code named by its input.</summary>
public interface IValueSerializer
{
    /// <summary>Writes <paramref name="value"/>, which is never null (the cache itself stores null).</summary>
    void Serialize<T>(T value, IBufferWriter<byte> destination);

    /// <summary>Reads the bytes written by <see cref="Serialize{T}"/>. Any exception makes the entry a miss, and is counted.</summary>
    /// <param name="source">The bytes; not valid after the call.</param>
    T? Deserialize<T>(ReadOnlyMemory<byte> source);
}
