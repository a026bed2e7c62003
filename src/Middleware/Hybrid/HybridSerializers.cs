using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Hybrid;
using ScopedCaching.Memcached;

namespace ScopedCaching.Hybrid;

/// <summary>Where serializers of the platform's kind come from.</summary>
internal interface IHybridSerializerSource
{
    /// <summary>The application's serializer for a type; null when it has none.</summary>
    IHybridCacheSerializer<T>? Find<T>();
}

/// <summary>The application's serializers as the caches take them, each asked for once.</summary>
internal sealed class HybridSerializers(IHybridSerializerSource source)
{
    private readonly ConcurrentDictionary<Type, IValueSerializer?> _known = new();

    /// <summary>Null where the cache's own forms are used.</summary>
    public IValueSerializer? For<T>() =>
        _known.TryGetValue(typeof(T), out var known) ? known
        : _known.GetOrAdd(typeof(T), source.Find<T>() is { } found ? new OfOneType<T>(found) : null);

    /// <summary>Stands in policies of calls for its own type only.</summary>
    private sealed class OfOneType<TValue>(IHybridCacheSerializer<TValue> serializer) : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => ((IHybridCacheSerializer<T>)serializer).Serialize(value, destination);

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => ((IHybridCacheSerializer<T>)serializer).Deserialize(new ReadOnlySequence<byte>(source));
    }
}
