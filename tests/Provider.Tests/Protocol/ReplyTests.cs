using System.Buffers;
using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Protocol;

/// <summary>What a reply becomes for who asked, and whose its memory is.</summary>
public sealed class ReplyTests
{
    private static readonly string[] s_lines = ["VA 5 f7 c8 t9 O1", "HD f7 c8 t9 O1", "EN", "NF", "NS", "EX"];

    [Fact]
    public void A_value_becomes_an_item_with_flags_and_version()
    {
        var value = "hello"u8.ToArray();
        var item = Of("VA 5 f7 c8 t9 O1", value).ToItem();

        Assert.True(item.Found);
        Assert.Same(value, item.Value);
        Assert.Equal((7u, 8ul), (item.Flags, item.Cas));
        Assert.False(Of("EN").ToItem().Found);
    }

    [Fact]
    public void A_stored_item_tells_its_rest_of_life_and_its_lease()
    {
        var item = Of("VA 5 f7 c8 t9 W O1", "hello!!!"u8.ToArray()).ToStoredItem();

        Assert.Equal("hello"u8, item.Value.Span);
        Assert.Equal((true, 7u, 8ul, TimeSpan.FromSeconds(9), true), (item.Found, item.Flags, item.Version, item.Remaining, item.WonLease));
        Assert.Equal(TimeSpan.Zero, Of("VA 0 t0").ToStoredItem().Remaining);
        Assert.Null(Of("VA 0 t-1").ToStoredItem().Remaining);
        Assert.Null(Of("VA 0").ToStoredItem().Remaining);
        Assert.False(Of("VA 0").ToStoredItem().WonLease);
        Assert.False(Of("EN").ToStoredItem().Found);
    }

    [Fact]
    public void Without_its_value_an_item_is_there_all_the_same()
    {
        var item = Of("HD f7 c8", "left over"u8.ToArray()).ToStoredItem();

        Assert.True(item.Found);
        Assert.Equal(8ul, item.Version);
        Assert.True(item.Value.IsEmpty);
    }

    [Fact]
    public void Done_is_told_from_not_done()
    {
        Assert.True(Of("HD").IsDone());
        Assert.All(["EN", "NF", "NS", "EX"], line => Assert.False(Of(line).IsDone()));
    }

    [Fact]
    public void A_status_that_the_request_does_not_allow_is_an_error_that_names_it()
    {
        Assert.Contains("Done", Assert.Throws<MemcachedProtocolException>(() => Of("HD").ToItem()).Message, StringComparison.Ordinal);
        Assert.Contains("Value", Assert.Throws<MemcachedProtocolException>(() => Of("VA 0", []).IsDone()).Message, StringComparison.Ordinal);
        Assert.All(s_lines[3..], line => Assert.Throws<MemcachedProtocolException>(() => Of(line).ToItem()));
        Assert.All(s_lines[3..], line => Assert.Throws<MemcachedProtocolException>(() => Of(line).ToStoredItem()));
    }

    [Fact]
    public void A_text_is_all_of_its_array()
    {
        var reply = new Reply(ReplyStatus.Text, "VERSION 1.6"u8.ToArray());

        Assert.Equal(ReplyStatus.Text, reply.Status);
        Assert.Equal("VERSION 1.6"u8, reply.Value.Span);
        Assert.False(reply.IsRented);
    }

    [Fact]
    public void Rented_memory_goes_back_when_it_is_released_and_the_callers_own_does_not()
    {
        var rented = Rent();
        Of("VA 5", rented, rented: true).Release();
        Assert.Same(rented, Rent());

        var own = new byte[rented.Length];
        Of("VA 5", own).Release();
        Assert.NotSame(own, Rent());
        Of("EN", value: null, rented: true).Release();
    }

    [Fact]
    public void A_stored_item_owns_the_rented_memory_of_its_value()
    {
        var rented = Rent();
        Of("VA 5", rented, rented: true).ToStoredItem().Release();
        Assert.Same(rented, Rent());

        var own = new byte[rented.Length];
        Of("VA 5", own).ToStoredItem().Release();
        Assert.NotSame(own, Rent());

        // An empty value has nothing to give back: what it stands in stays the reply's.
        var empty = Rent();
        Of("VA 0", empty, rented: true).ToStoredItem().Release();
        Assert.NotSame(empty, Rent());
    }

    // The pool keeps the last array of each size for the thread that returned it.
    private static byte[] Rent() => ArrayPool<byte>.Shared.Rent(50_000);

    private static Reply Of(string line, byte[]? value = null, bool rented = false)
    {
        Assert.True(ReplyLine.TryParse(Encoding.Latin1.GetBytes(line), out var parsed));
        return new Reply(parsed, value, rented);
    }
}
