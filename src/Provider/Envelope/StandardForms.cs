using System.Buffers;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>The forms of values without a serializer, for what wraps them: the form · its tag (1). Behind, because it is known only then.</summary>
internal sealed class StandardForms(ValueSerializer values) : IValueSerializer
{
    public void Serialize<T>(T value, IBufferWriter<byte> destination)
    {
        if (destination is PooledBuffer buffer)
        {
            buffer.WriteByte((byte)values.Write(value, custom: null, buffer));
            return;
        }

        using var own = new PooledBuffer();
        own.WriteByte((byte)values.Write(value, custom: null, own));
        destination.Write(own.WrittenSpan);
    }

    public T? Deserialize<T>(ReadOnlyMemory<byte> source) =>
        source.Length > 0 && values.TryReadForm<T>((ValueTag)source.Span[^1], source[..^1], custom: null, out var value)
            ? value
            : throw new InvalidDataException("The value has another form than its type.");
}
