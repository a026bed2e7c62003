using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace ScopedCaching.Functions;

/// <summary>
/// Entries of one function, as stored:
/// <code>
/// revision = 1 (1) · version (8, little-endian) · id (16) · 1 where the value is null, else 0 (1) · value, as it would be stored alone
/// </code>
/// The value of another version is not read: it may be of another shape.
/// </summary>
internal sealed class FunctionEntrySerializer<TValue>(ulong version) : IWrappingValueSerializer
{
    private const byte Revision = 1;
    private const int IdAt = 9;
    private const int IsNullAt = 25;
    private const int ValueAt = 26;

    public void Serialize<T>(T value, IBufferWriter<byte> destination, IValueSerializer inner)
    {
        Check<T>();
        var entry = Unsafe.As<T, FunctionEntry<TValue>>(ref value);
        var header = destination.GetSpan(ValueAt);
        header[0] = Revision;
        BinaryPrimitives.WriteUInt64LittleEndian(header[1..], entry.Version);
        entry.Id.TryWriteBytes(header[IdAt..]);
        header[IsNullAt] = entry.Value is null ? (byte)1 : (byte)0;
        destination.Advance(ValueAt);
        if (entry.Value is not null)
        {
            inner.Serialize(entry.Value, destination);
        }
    }

    public T? Deserialize<T>(ReadOnlyMemory<byte> source, IValueSerializer inner)
    {
        var header = source.Span;
        Check<T>();
        if (header.Length < ValueAt || header[0] != Revision)
        {
            throw new InvalidDataException("This is no entry of a cached function.");
        }

        var maker = BinaryPrimitives.ReadUInt64LittleEndian(header[1..]);
        var readable = maker == version && header[IsNullAt] == 0;
        var value = readable ? inner.Deserialize<TValue>(source[ValueAt..]) : default;
        var entry = new FunctionEntry<TValue>(maker, new Guid(header[IdAt..IsNullAt]), value!);
        return Unsafe.As<FunctionEntry<TValue>, T>(ref entry);
    }

    public void Serialize<T>(T value, IBufferWriter<byte> destination) => throw NotWrapping();

    public T? Deserialize<T>(ReadOnlyMemory<byte> source) => throw NotWrapping();

    // A cast by way of object would put each entry on the heap; so the type is checked, and then taken for granted.
    private static void Check<T>()
    {
        if (typeof(T) != typeof(FunctionEntry<TValue>))
        {
            throw new InvalidOperationException("Only entries of the function itself are written and read by its serializer.");
        }
    }

    private static NotSupportedException NotWrapping() =>
        new($"A cache that is not ours must hand an {nameof(IWrappingValueSerializer)} the serializer that goes inside.");
}
