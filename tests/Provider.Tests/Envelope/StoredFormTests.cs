using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Envelope;

/// <summary>The form that each type is stored in, and what reads it: in one piece and in several.</summary>
public sealed class StoredFormTests
{
    private readonly RecordedLog _log = new();

    [Fact]
    public void Every_integer_type_and_its_nullable_form_is_stored_as_digits_and_read_from_them()
    {
        Check<byte>(255, "255");
        Check<sbyte>(-128, "-128");
        Check<short>(-32768, "-32768");
        Check<ushort>(65535, "65535");
        Check(int.MinValue, "-2147483648");
        Check(uint.MaxValue, "4294967295");
        Check(long.MinValue, "-9223372036854775808");
        Check(ulong.MaxValue, "18446744073709551615");
        Check<nint>(-5, "-5");
        Check<nuint>(5, "5");
        Check(Int128.MinValue, "-170141183460469231731687303715884105728");
        Check(UInt128.MaxValue, "340282366920938463463374607431768211455");

        void Check<T>(T value, string digits)
            where T : struct
        {
            Assert.Equal((ValueTag.Integer, digits), Write(value));
            Assert.Equal((ValueTag.Integer, digits), Write<T?>(value));
            foreach (var pieces in new[] { false, true })
            {
                Assert.Equal(value, Read<T>(ValueTag.Integer, digits, pieces).Value);
                Assert.Equal(value, Read<T?>(ValueTag.Integer, digits, pieces).Value);

                // Such a type is never stored as JSON, so what is JSON is another's.
                Assert.False(Read<T>(ValueTag.Json, digits, pieces).Found);
                Assert.False(Read<T?>(ValueTag.Json, digits, pieces).Found);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("(1)")]
    [InlineData("0x1")]
    [InlineData("one")]
    public void What_is_no_integer_is_not_read_as_one(string text)
    {
        Assert.False(Read<int>(ValueTag.Integer, text).Found);
        Assert.False(Read<long?>(ValueTag.Integer, text).Found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Text_is_read_as_text_alone(bool pieces)
    {
        Assert.Equal((ValueTag.String, "text"), Write("text"));
        Assert.Equal("text", Read<string>(ValueTag.String, "text", pieces).Value);
        Assert.False(Read<byte[]>(ValueTag.String, "text", pieces).Found);
        Assert.False(Read<string>(ValueTag.Json, "\"text\"", pieces).Found);
        Assert.False(Read<string>(ValueTag.Bytes, "text", pieces).Found);
        Assert.False(Read<object>(ValueTag.String, "text", pieces).Found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_are_read_as_every_kind_of_bytes_and_as_nothing_else(bool pieces)
    {
        var bytes = "bytes"u8.ToArray();
        Assert.Equal((ValueTag.Bytes, "bytes"), Write(bytes));
        Assert.Equal((ValueTag.Bytes, "bytes"), Write<Memory<byte>>(bytes));
        Assert.Equal((ValueTag.Bytes, "bytes"), Write<ReadOnlyMemory<byte>>(bytes));
        Assert.Equal((ValueTag.Bytes, "bytes"), Write(new ReadOnlySequence<byte>(bytes)));
        Assert.Equal(bytes, Read<byte[]>(ValueTag.Bytes, "bytes", pieces).Value);
        Assert.Equal(bytes, Read<Memory<byte>>(ValueTag.Bytes, "bytes", pieces).Value.ToArray());
        Assert.Equal(bytes, Read<ReadOnlyMemory<byte>>(ValueTag.Bytes, "bytes", pieces).Value.ToArray());
        Assert.Equal(bytes, Read<ReadOnlySequence<byte>>(ValueTag.Bytes, "bytes", pieces).Value.ToArray());
        Assert.False(Read<sbyte[]>(ValueTag.Bytes, "bytes", pieces).Found);
        Assert.False(Read<byte[]>(ValueTag.Json, "\"AQID\"", pieces).Found);
        Assert.False(Read<Memory<byte>>(ValueTag.Json, "\"AQID\"", pieces).Found);
        Assert.False(Read<ReadOnlyMemory<byte>>(ValueTag.Json, "\"AQID\"", pieces).Found);
        Assert.False(Read<ReadOnlySequence<byte>>(ValueTag.Json, "\"AQID\"", pieces).Found);
    }

    [Fact]
    public void Bytes_are_copied_for_the_reader()
    {
        var payload = "bytes"u8.ToArray();
        var values = Values();
        Assert.True(values.TryRead<ReadOnlyMemory<byte>>(ValueTag.Bytes, payload, custom: null, out var memory));
        Assert.True(values.TryRead<Memory<byte>>(ValueTag.Bytes, new ReadOnlySequence<byte>(payload), custom: null, out var other));
        payload.AsSpan().Clear();

        Assert.Equal("bytes"u8, memory.Span);
        Assert.Equal("bytes"u8, other.Span);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Null_has_no_payload_and_is_read_only_where_null_is_a_value(bool pieces)
    {
        Assert.Equal((ValueTag.Null, ""), Write<string?>(null));
        Assert.Equal((ValueTag.Null, ""), Write<int?>(null));
        Assert.True(Read<string>(ValueTag.Null, "", pieces).Found);
        Assert.True(Read<int?>(ValueTag.Null, "", pieces).Found);
        Assert.False(Read<int>(ValueTag.Null, "", pieces).Found);
    }

    [Theory]
    [InlineData(false, "{\"a\":1}", true)]
    [InlineData(true, "{\"a\":1}", true)]
    [InlineData(false, "{\"a\":1} ", true)]
    [InlineData(true, "{\"a\":1} ", true)]
    [InlineData(false, "{\"a\":1}{}", false)]
    [InlineData(true, "{\"a\":1}{}", false)]
    [InlineData(false, "{\"a\":1", false)]
    [InlineData(true, "{\"a\":1", false)]
    [InlineData(false, "{\"a\":1,}", false)]
    [InlineData(true, "{\"a\":1,}", false)]
    [InlineData(false, "{/**/\"a\":1}", false)]
    [InlineData(true, "{/**/\"a\":1}", false)]
    public void JSON_is_read_whole_or_not_at_all_and_an_error_is_logged_by_its_type(bool pieces, string json, bool isRead)
    {
        Assert.Equal(isRead, Read<Dictionary<string, int>>(ValueTag.Json, json, pieces).Found);
        Assert.Equal(isRead ? 0 : 1, _log.Lines.Count);
        Assert.All(_log.Lines, static line => Assert.Matches("Json(Reader)?Exception", line.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_options_of_the_application_say_what_JSON_may_be(bool pieces)
    {
        var options = new JsonSerializerOptions { AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip, MaxDepth = 2 };

        Assert.True(Read<Dictionary<string, int>>(ValueTag.Json, "{/**/\"a\":1,}", pieces, options).Found);
        Assert.True(Read<int[][]>(ValueTag.Json, "[[1]]", pieces, options).Found);
        Assert.False(Read<int[][][]>(ValueTag.Json, "[[[1]]]", pieces, options).Found);
    }

    [Fact]
    public void Without_options_of_the_application_JSON_is_as_on_the_web()
    {
        Assert.Equal((ValueTag.Json, "{\"userName\":\"\\u00FC\"}"), Write(new Named("ü")));
        Assert.Equal("ü", Read<Named>(ValueTag.Json, "{\"USERNAME\":\"ü\"}").Value!.UserName);
    }

    [Fact]
    public void The_encoder_and_the_depth_of_the_application_count_when_writing()
    {
        var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 };

        Assert.Equal((ValueTag.Json, "{\"UserName\":\"ü\"}"), Write(new Named("ü"), options));
        Assert.Throws<JsonException>(() => Write(new[] { new[] { new[] { 1 } } }, options));
    }

    [Fact]
    public void Two_caches_on_one_thread_do_not_share_a_writer()
    {
        var (web, relaxed) = (Values(), Values(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("{\"userName\":\"\\u00FC\"}", Written(web, new Named("ü")).Text);
            Assert.Equal("{\"UserName\":\"ü\"}", Written(relaxed, new Named("ü")).Text);
            Assert.Equal("{\"UserName\":\"ü\"}", Written(relaxed, new Named("ü")).Text);
        }
    }

    [Fact]
    public void A_converter_may_write_to_the_cache_itself_and_one_that_fails_harms_nobody()
    {
        var values = Values();
        using var inner = new PooledBuffer();
        NestingConverter.Inside = () => values.Write(new Named("inner"), custom: null, inner);
        Assert.Equal("{\"userName\":\"before\"}", Written(values, new Named("before")).Text);
        Assert.Equal("\"outer\"", Written(values, new Nesting()).Text);
        Assert.Equal("{\"userName\":\"inner\"}", Encoding.UTF8.GetString(inner.WrittenSpan));

        NestingConverter.Inside = static () => throw new InvalidOperationException();
        Assert.Throws<InvalidOperationException>(() => Written(values, new[] { new Nesting() }));
        Assert.Equal("{\"userName\":\"after\"}", Written(values, new Named("after")).Text);
    }

    [Fact]
    public void A_value_of_another_type_is_logged_as_that()
    {
        Assert.False(Read<int>(ValueTag.String, "text").Found);

        Assert.Contains("another form", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_comes_back_at_every_length()
    {
        // Not as attributes' arguments: those are UTF-8, which has no half surrogate pairs.
        foreach (var text in new[] { "", "text", "\ud800", "a\udfffb" })
        {
            foreach (var length in new[] { 0, 1, 341, 342, 1023, 1024, 1025, 5000 })
            {
                var whole = text + new string('€', length);
                using var buffer = new PooledBuffer();
                buffer.WriteByte(9);
                StringText.Write(whole, buffer);
                Assert.Equal(text.Any(char.IsSurrogate) ? 1 + (whole.Length * 2) : text.Length + (length * 3), buffer.Length - 1);
                Assert.Equal(whole, StringText.Read(buffer.WrittenSpan[1..]));
            }
        }
    }

    [Fact]
    public void What_is_no_text_is_refused_and_logged_by_the_type_of_the_error()
    {
        Assert.False(Values().TryRead<string>(ValueTag.String, new byte[] { 0x61, 0xC3 }, custom: null, out _));

        Assert.Contains(nameof(DecoderFallbackException), Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    private ValueSerializer Values(JsonSerializerOptions? options = null) => new(options, CacheMetrics.Unlistened, _log);

    private (ValueTag Tag, string Text) Write<T>(T value, JsonSerializerOptions? options = null) => Written(Values(options), value);

    private static (ValueTag Tag, string Text) Written<T>(ValueSerializer values, T value)
    {
        using var buffer = new PooledBuffer();
        return (values.Write(value, custom: null, buffer), Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private (bool Found, T? Value) Read<T>(ValueTag tag, string text, bool pieces = false, JsonSerializerOptions? options = null)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var found = pieces
            ? Values(options).TryRead<T>(tag, Pieces(payload), custom: null, out var value)
            : Values(options).TryRead(tag, payload, custom: null, out value);
        return (found, value);
    }

    private static ReadOnlySequence<byte> Pieces(byte[] payload)
    {
        var first = new Piece(payload.AsMemory(0, payload.Length / 2), before: null);
        return new ReadOnlySequence<byte>(first, 0, new Piece(payload.AsMemory(payload.Length / 2), first), payload.Length - (payload.Length / 2));
    }

    internal sealed record Named(string UserName);

    [JsonConverter(typeof(NestingConverter))]
    internal sealed class Nesting;

    internal sealed class NestingConverter : JsonConverter<Nesting>
    {
        [ThreadStatic]
        private static Action? t_inside;

        public static Action? Inside
        {
            set => t_inside = value;
        }

        public override Nesting Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Nesting value, JsonSerializerOptions options)
        {
            t_inside!();
            writer.WriteStringValue("outer");
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                (before.Next, RunningIndex) = (this, before.Memory.Length);
            }
        }
    }
}
