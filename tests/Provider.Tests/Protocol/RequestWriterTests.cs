using System.Text;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Protocol;

public sealed class RequestWriterTests
{
    [Fact]
    public void A_get_asks_for_what_is_wanted_in_a_fixed_order()
    {
        Assert.Equal("mg key O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8 }));
        Assert.Equal("mg key v O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8, Wanted = Wanted.Value }));
        Assert.Equal(
            "mg key v f c t O7\r\n",
            Write(new() { Verb = Verb.Get, Key = "key"u8, Wanted = Wanted.Value | Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl }));
    }

    [Fact]
    public void A_get_with_an_exptime_touches()
    {
        Assert.Equal("mg key v T60 O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8, Wanted = Wanted.Value, Exptime = 60 }));
        Assert.Equal("mg key T0 O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8, Exptime = 0 }));
    }

    [Fact]
    public void A_get_may_ask_for_a_lease()
    {
        Assert.Equal("mg key v N30 O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8, Wanted = Wanted.Value, Lease = 30 }));
        Assert.Equal("mg key N30 T60 O7\r\n", Write(new() { Verb = Verb.Get, Key = "key"u8, Lease = 30, Exptime = 60 }));
    }

    [Fact]
    public void A_base64_key_is_told_by_the_flag_b()
    {
        Assert.Equal("mg a2V5 b v O7\r\n", Write(new() { Verb = Verb.Get, Key = "a2V5"u8, KeyIsBase64 = true, Wanted = Wanted.Value }));
        Assert.Equal("ms a2V5 1 b O7\r\nx\r\n", Write(new() { Verb = Verb.Set, Key = "a2V5"u8, KeyIsBase64 = true, Value = "x"u8, Mode = SetMode.Set }));
        Assert.Equal("md a2V5 b O7\r\n", Write(new() { Verb = Verb.Delete, Key = "a2V5"u8, KeyIsBase64 = true }));
        Assert.Equal("ma a2V5 b v D1 O7\r\n", Write(new() { Verb = Verb.Arithmetic, Key = "a2V5"u8, KeyIsBase64 = true, Delta = 1 }));
    }

    [Fact]
    public void A_set_tells_its_length_and_then_its_value()
    {
        Assert.Equal("ms key 5 O7\r\nhello\r\n", Write(new() { Verb = Verb.Set, Key = "key"u8, Value = "hello"u8, Mode = SetMode.Set }));
        Assert.Equal("ms key 0 O7\r\n\r\n", Write(new() { Verb = Verb.Set, Key = "key"u8, Mode = SetMode.Set }));
        Assert.Equal("ms key 4 O7\r\na\r\nb\r\n", Write(new() { Verb = Verb.Set, Key = "key"u8, Value = "a\r\nb"u8, Mode = SetMode.Set }));
    }

    [Theory]
    [InlineData(SetMode.Set, "ms key 1 F9 T30 C8 O7\r\nx\r\n")]
    [InlineData(SetMode.Add, "ms key 1 F9 ME T30 C8 O7\r\nx\r\n")]
    [InlineData(SetMode.Replace, "ms key 1 F9 MR T30 C8 O7\r\nx\r\n")]
    [InlineData(SetMode.Append, "ms key 1 F9 MA T30 C8 O7\r\nx\r\n")]
    [InlineData(SetMode.Prepend, "ms key 1 F9 MP T30 C8 O7\r\nx\r\n")]
    internal void A_set_tells_its_mode_flags_life_and_condition(SetMode mode, string expected) => Assert.Equal(
        expected,
        Write(new() { Verb = Verb.Set, Key = "key"u8, Value = "x"u8, ClientFlags = 9, Mode = mode, Exptime = 30, Cas = 8 }));

    [Fact]
    public void A_delete_may_have_a_condition()
    {
        Assert.Equal("md key O7\r\n", Write(new() { Verb = Verb.Delete, Key = "key"u8 }));
        Assert.Equal("md key C18446744073709551615 O7\r\n", Write(new() { Verb = Verb.Delete, Key = "key"u8, Cas = ulong.MaxValue }));
    }

    [Fact]
    public void Arithmetic_asks_for_the_number_and_may_create_it()
    {
        Assert.Equal("ma key v D3 O7\r\n", Write(new() { Verb = Verb.Arithmetic, Key = "key"u8, Delta = 3 }));
        Assert.Equal("ma key v MD D3 O7\r\n", Write(new() { Verb = Verb.Arithmetic, Key = "key"u8, Delta = 3, Decrement = true }));
        Assert.Equal("ma key v D3 N0 J5 O7\r\n", Write(new() { Verb = Verb.Arithmetic, Key = "key"u8, Delta = 3, Initial = 5 }));
        Assert.Equal("ma key v D3 N60 J0 O7\r\n", Write(new() { Verb = Verb.Arithmetic, Key = "key"u8, Delta = 3, Initial = 0, Exptime = 60 }));
    }

    [Fact]
    public void A_line_goes_as_it_is() =>
        Assert.Equal("stats settings\r\n", Write(new() { Verb = Verb.Stats, Line = "stats settings" }));

    [Fact]
    public void The_largest_numbers_and_the_longest_key_fit()
    {
        var key = new byte[250];
        Array.Fill(key, (byte)'k');
        var request = new MetaRequest
        {
            Verb = Verb.Set, Key = key, KeyIsBase64 = true, Value = new byte[1 << 20], ClientFlags = uint.MaxValue,
            Mode = SetMode.Append, Exptime = long.MinValue, Cas = ulong.MaxValue,
        };

        var written = Write(request, uint.MaxValue);

        var head = $"ms {new string('k', 250)} 1048576 b F4294967295 MA T-9223372036854775808 C18446744073709551615 O4294967295\r\n";
        Assert.StartsWith(head, written, StringComparison.Ordinal);
        Assert.Equal(head.Length + (1 << 20) + 2, written.Length);
    }

    [Fact]
    public void The_most_that_a_request_can_take_fits_whatever_room_the_buffer_has()
    {
        var key = new byte[250];
        for (var length = 0; length < 2_000; length++)
        {
            var set = new MetaRequest
            {
                Verb = Verb.Set, Key = key, KeyIsBase64 = true, Value = new byte[length], ClientFlags = uint.MaxValue,
                Mode = SetMode.Append, Exptime = long.MinValue, Cas = ulong.MaxValue,
            };
            var get = new MetaRequest
            {
                Verb = Verb.Get, Key = new byte[length], KeyIsBase64 = true, Exptime = long.MinValue, Lease = long.MinValue,
                Wanted = Wanted.Value | Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl,
            };
            Assert.EndsWith(" O4294967295\r\n" + new string('\0', length) + "\r\n", Write(set, uint.MaxValue), StringComparison.Ordinal);
            Assert.EndsWith(" O4294967295\r\n", Write(get, uint.MaxValue), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("mg key v O1\r\n", "mg key v O4294967295\r\n")]
    [InlineData("mg key v O4000000000\r\n", "mg key v O4294967295\r\n")]
    [InlineData("ms key 12 O1\r\na Oa\r\nb O2\r\n\r\n", "ms key 12 O4294967295\r\na Oa\r\nb O2\r\n\r\n")]
    public void A_request_that_was_not_sent_is_written_again_under_another_token(string written, string expected)
    {
        for (var room = 1; room < 300; room++)
        {
            using var buffer = new PooledBuffer();
            buffer.Write(new byte[room]);
            RequestWriter.WriteAgain(buffer, Encoding.Latin1.GetBytes(written), uint.MaxValue);
            Assert.Equal(expected, Encoding.Latin1.GetString(buffer.WrittenSpan[room..]));
        }
    }

    [Fact]
    public void Requests_are_appended_to_what_is_there()
    {
        using var buffer = new PooledBuffer();
        RequestWriter.Write(buffer, new MetaRequest { Verb = Verb.Delete, Key = "a"u8 }, 1);
        RequestWriter.Write(buffer, new MetaRequest { Verb = Verb.Delete, Key = "b"u8 }, 2);

        Assert.Equal("md a O1\r\nmd b O2\r\n", Encoding.Latin1.GetString(buffer.WrittenSpan));
    }

    private static string Write(MetaRequest request, uint token = 7)
    {
        using var buffer = new PooledBuffer();
        RequestWriter.Write(buffer, request, token);
        return Encoding.Latin1.GetString(buffer.WrittenSpan);
    }
}
