using System.Buffers;
using System.ComponentModel;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace ScopedCaching.Output;

/// <summary>An entry of the platform's output caching, as it wrote it. Never changes once it is read.</summary>
/// <param name="Bytes">Of a read its own, of a write the caller's, which are read before the write ends.</param>
[ImmutableObject(true)]
internal sealed record StoredOutput(ReadOnlySequence<byte> Bytes) : ISizedValue
{
    public int Size => (int)Bytes.Length;
}

/// <summary>Its bytes as they are.</summary>
internal sealed class StoredOutputSerializer : IValueSerializer
{
    private StoredOutputSerializer()
    {
    }

    public static StoredOutputSerializer Instance { get; } = new();

    public void Serialize<T>(T value, IBufferWriter<byte> destination)
    {
        foreach (var part in ((StoredOutput)(object)value!).Bytes)
        {
            destination.Write(part.Span);
        }
    }

    public T? Deserialize<T>(ReadOnlyMemory<byte> source) => (T)(object)new StoredOutput(new ReadOnlySequence<byte>(source.ToArray()));
}
