using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Envelope;

/// <summary>A serializer that puts something around what others write.</summary>
public sealed class WrappingSerializerTests
{
    [Fact]
    public void What_is_inside_keeps_the_form_it_has_alone()
    {
        AssertInside("text", [.. "text"u8, (byte)ValueTag.String]);
        AssertInside(new byte[] { 1, 2 }, [1, 2, (byte)ValueTag.Bytes]);
        AssertInside(-12, [.. "-12"u8, (byte)ValueTag.Integer]);
        AssertInside(new[] { 1.5 }, [.. "[1.5]"u8, (byte)ValueTag.Json]);
        AssertInside<string?>(null, [(byte)ValueTag.Null]);
    }

    [Fact]
    public void What_is_inside_and_of_another_type_is_a_miss()
    {
        var values = Values();
        using var buffer = new PooledBuffer();
        var tag = values.Write(new Box<string>("text"), new Boxing<string>(), buffer);

        Assert.False(values.TryRead<Box<int>>(tag, buffer.WrittenMemory, new Boxing<int>(), out _));
        Assert.False(values.TryRead<Box<string>>(tag, buffer.WrittenMemory[..1], new Boxing<string>(), out _));
        Assert.True(values.TryRead<Box<string>>(tag, buffer.WrittenMemory, new Boxing<string>(), out _));
    }

    [Fact]
    public void What_has_no_form_is_an_error_that_says_so()
    {
        var standard = new StandardForms(Values());

        Assert.All([[], [1], "text\u0005"u8.ToArray()], source =>
            Assert.Contains("another form", Assert.Throws<InvalidDataException>(() => standard.Deserialize<int>((byte[])source)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Any_writer_of_bytes_will_do_inside()
    {
        var other = new ArrayBufferWriter<byte>();
        using var buffer = new PooledBuffer();
        Values().Write(new Box<string>("text"), new Boxing<string> { Through = other }, buffer);

        Assert.Equal([.. "text"u8, (byte)ValueTag.String], other.WrittenSpan.ToArray());
    }

    private static void AssertInside<T>(T value, byte[] expected)
    {
        var values = Values();
        using var buffer = new PooledBuffer();
        var tag = values.Write(new Box<T>(value), new Boxing<T>(), buffer);

        Assert.Equal(ValueTag.Custom, tag);
        Assert.Equal((byte[])[42, .. expected], buffer.WrittenSpan.ToArray());
        Assert.True(values.TryRead<Box<T>>(tag, buffer.WrittenMemory, new Boxing<T>(), out var read));
        Assert.Equal(value, read!.Value);
    }

    private static ValueSerializer Values() => new(json: null, CacheMetrics.Unlistened, NullLogger.Instance);

    private sealed record Box<T>(T Value);

    private sealed class Boxing<TInside> : IWrappingValueSerializer
    {
        public IBufferWriter<byte>? Through { get; init; }

        public void Serialize<T>(T value, IBufferWriter<byte> destination, IValueSerializer inner)
        {
            destination.Write<byte>([42]);
            inner.Serialize(((Box<TInside>)(object)value!).Value, Through ?? destination);
        }

        public T? Deserialize<T>(ReadOnlyMemory<byte> source, IValueSerializer inner) => (T)(object)new Box<TInside>(inner.Deserialize<TInside>(source[1..])!);

        public void Serialize<T>(T value, IBufferWriter<byte> destination) => throw new NotSupportedException();

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => throw new NotSupportedException();
    }
}
