using System.Buffers;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A policy's serializer inside a view's that wraps.</summary>
internal sealed class WrappedSerializer(IWrappingValueSerializer outer, IValueSerializer inner) : IValueSerializer
{
    public void Serialize<T>(T value, IBufferWriter<byte> destination) => outer.Serialize(value, destination, inner);

    public T? Deserialize<T>(ReadOnlyMemory<byte> source) => outer.Deserialize<T>(source, inner);
}
