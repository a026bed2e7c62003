using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>Turns values into bytes and back. Must be thread-safe, and must not be able to run code named by its input.</summary>
public interface IValueSerializer
{
    /// <summary>Writes <paramref name="value"/>, which is never null (null is stored by the cache itself).</summary>
    void Serialize<T>(T value, IBufferWriter<byte> destination);

    /// <summary>Reads what <see cref="Serialize{T}"/> wrote. Any exception makes the entry a miss, and is counted.</summary>
    /// <param name="source">The bytes; not valid after the call.</param>
    T? Deserialize<T>(ReadOnlyMemory<byte> source);
}
