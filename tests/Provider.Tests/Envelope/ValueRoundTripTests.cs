using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class ValueRoundTripTests : IDisposable
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");
    private readonly Process _process = new(options: new MemcachedOptions { CompressionThreshold = 16 });

    public void Dispose() => _process.Dispose();

    [Fact]
    public void Strings() => RoundTrips<string?>();

    [Fact]
    public void Bytes() => RoundTrips<byte[]?>();

    [Fact]
    public void Integers_of_every_width_and_their_nullable_forms()
    {
        RoundTrips<byte>();
        RoundTrips<sbyte>();
        RoundTrips<short>();
        RoundTrips<ushort>();
        RoundTrips<int>();
        RoundTrips<uint>();
        RoundTrips<long>();
        RoundTrips<ulong>();
        RoundTrips<int?>();
        RoundTrips<long?>();
        RoundTrips<byte?>();
        foreach (var extreme in new[] { Int128.MinValue, Int128.MaxValue, 0 })
        {
            Assert.Equal(extreme, Through(extreme));
            Assert.Equal(extreme, Through<Int128?>(extreme));
        }

        Assert.Equal(UInt128.MaxValue, Through(UInt128.MaxValue));
        Assert.Equal(nint.MinValue, Through(nint.MinValue));
        Assert.Equal(nuint.MaxValue, Through(nuint.MaxValue));
        Assert.Equal(ulong.MaxValue, Through(ulong.MaxValue));
        Assert.Equal(long.MinValue, Through(long.MinValue));
    }

    [Fact]
    public void Everything_else()
    {
        RoundTrips<bool>();
        RoundTrips<char>(c => !char.IsSurrogate(c));
        RoundTrips<decimal>();
        RoundTrips<Guid>();
        RoundTrips<DateTimeOffset>();
        RoundTrips<TimeSpan>();
        RoundTrips<bool?>();
        RoundTrips<DayOfWeek>();
        RoundTrips<int[]?>();
        RoundTrips<Dictionary<int, long>?>();
        var account = new Account("a", 12.50m, ["x", "y"]);
        Assert.Equivalent(account, Through(account));
        Assert.Equal(new Point(1, -2), Through(new Point(1, -2)));
    }

    [Fact]
    public void Text_that_UTF_8_cannot_hold_is_not_changed()
    {
        // Not as attributes' arguments: those are UTF-8 themselves.
        foreach (var text in new[] { "\ud800", "a\udc00b", "\udfff\ud800 and much more text than the threshold of compression has", "\0\r\n", "" })
        {
            Assert.Equal(text, Through(text));
        }
    }

    [Fact]
    public void Long_text_and_long_text_with_half_a_surrogate_pair()
    {
        var text = string.Concat(Enumerable.Repeat("Zürich 🏦 ", 5_000));
        Assert.Equal(text, Through(text));
        Assert.Equal(text + '\ud800', Through(text + '\ud800'));
    }

    [Fact]
    public void Memory_and_sequences_of_bytes_are_stored_as_bytes()
    {
        byte[] bytes = [1, 2, 3];
        Assert.Equal(bytes, Through<ReadOnlyMemory<byte>>(bytes).ToArray());
        Assert.Equal(bytes, Through<Memory<byte>>(bytes).ToArray());
        var first = new Segment(new byte[] { 1, 2 });
        var sequence = new ReadOnlySequence<byte>(first, 0, first.Append(new byte[] { 3 }), 1);
        Assert.Equal(bytes, Through(sequence).ToArray());
        Assert.True(TryConvert<ReadOnlySequence<byte>, byte[]>(sequence, out var asArray));
        Assert.Equal(bytes, asArray);
    }

    [Fact]
    public void A_stored_null_is_read_as_null_where_null_is_a_value_and_nowhere_else()
    {
        Assert.True(TryConvert<string?, string>(null, out var text));
        Assert.Null(text);
        Assert.True(TryConvert<int?, int?>(null, out var number));
        Assert.Null(number);
        Assert.True(TryConvert<Account?, byte[]>(null, out _));
        Assert.False(TryConvert<string?, int>(null, out _));
        Assert.False(TryConvert<Account?, Point>(null, out _));
    }

    [Fact]
    public void An_integer_reads_as_every_integer_type_that_holds_it()
    {
        Assert.True(TryConvert<int, long>(7, out var widened));
        Assert.Equal(7, widened);
        Assert.True(TryConvert<long, byte?>(255, out var narrowed));
        Assert.Equal((byte)255, narrowed);
        Assert.False(TryConvert<int, byte>(256, out _));
        Assert.False(TryConvert<int, uint>(-1, out _));
    }

    [Fact]
    public void A_value_of_another_type_is_not_read()
    {
        Assert.False(TryConvert<string, byte[]>("text", out _));
        Assert.False(TryConvert<string, int>("12", out _));
        Assert.False(TryConvert<string, Account>("{}", out _));
        Assert.False(TryConvert<byte[], string>([65], out _));
        Assert.False(TryConvert<Account, string>(new Account("a", 1, []), out _));
        Assert.False(TryConvert<Account, int>(new Account("a", 1, []), out _));
        Assert.False(TryConvert<int[], Account>([1], out _));
        Assert.False(TryConvert<int, string>(12, out _));
        Assert.False(TryConvert<int, decimal>(12, out _));
    }

    [Fact]
    public void What_does_not_deserialize_is_logged_by_the_type_of_the_error_alone()
    {
        Assert.False(TryConvert<string[], Account>(["geheim"], out _));
        var line = Assert.Single(_process.Log.Lines, line => line.Id == 1103);
        Assert.Contains(nameof(JsonException), line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_serializer_of_ones_own_is_used_and_its_values_are_read_by_it_alone()
    {
        var reversing = new EntryFormat { Serializer = new ReversingSerializer() };
        Assert.True(TryConvert<string, string>("abc", out var value, reversing, reversing));
        Assert.Equal("abc", value);
        Assert.False(TryConvert<string, string>("abc", out _, reversing, EntryFormat.Default));
        Assert.False(TryConvert<string, string>("abc", out _, reversing, new EntryFormat { Serializer = new FailingSerializer() }));
        Assert.True(TryConvert<string?, string>(null, out _, new EntryFormat { Serializer = new FailingSerializer() }, reversing));
    }

    [Fact]
    public void A_serializers_exception_when_writing_reaches_the_caller()
    {
        Assert.Throws<FormatException>(() => _process.Seal(s_address, "x", new EntryFormat { Serializer = new FailingSerializer() }));
        Assert.Throws<NotSupportedException>(() => _process.Seal(s_address, typeof(string)));
        Assert.Equal(new Point(1, 2), Through(new Point(1, 2)));
    }

    [Fact]
    public void The_options_of_the_application_shape_the_JSON()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseUpper } });
        using var scratch = new PooledBuffer();
        process.Codec.Open(s_address, process.Seal(s_address, new Account("a", 1, [])), EntryFormat.Default, default, scratch, out var opened);
        Assert.Contains("\"BALANCE\"", Encoding.UTF8.GetString(opened.Payload.Span), StringComparison.Ordinal);
    }

    private void RoundTrips<T>(Func<T, bool>? where = null) =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<T>(),
            value => where?.Invoke(value) == false || JsonSerializer.Serialize(value).Equals(JsonSerializer.Serialize(Through(value)), StringComparison.Ordinal))
            .QuickCheckThrowOnFailure();

    private T? Through<T>(T value)
    {
        Assert.True(TryConvert<T, T>(value, out var encrypted));
        Assert.True(TryConvert<T, T>(value, out _, Process.Plain, Process.Plain));
        return encrypted;
    }

    private bool TryConvert<TStored, TRead>(TStored stored, out TRead? read, EntryFormat? sealing = null, EntryFormat? opening = null)
    {
        using var scratch = new PooledBuffer();
        var envelope = _process.Seal(s_address, stored, sealing);
        Assert.Equal(OpenOutcome.Opened, _process.Codec.Open(s_address, envelope, opening ?? EntryFormat.Default, _process.Clock.GetUtcNow(), scratch, out var opened));
        return _process.Codec.TryRead(opened, opening ?? EntryFormat.Default, out read);
    }

    internal sealed record Account(string Name, decimal Balance, string[] Tags);

    internal readonly record struct Point(int X, int Y);

    private sealed class ReversingSerializer : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => destination.Write(Encoding.UTF8.GetBytes([.. value!.ToString()!.Reverse()]));

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => (T)(object)new string([.. Encoding.UTF8.GetString(source.Span).Reverse()]);
    }

    private sealed class FailingSerializer : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => throw new FormatException();

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => throw new FormatException();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
