using Provider.Tests.Contract;
using ScopedCaching.Memcached;

namespace Provider.Tests.Embedded;

public sealed class MemoryTests
{
    private static readonly string Value = new('x', 940);

    private readonly EmbeddedMemcachedOptions _roomForTen = new() { MemoryLimit = 10 * 1024, ItemSizeLimit = 2048 };

    [Fact]
    public void The_least_recently_used_entry_goes_first()
    {
        using var peer = new EmbeddedPeer(options: _roomForTen);
        for (var i = 0; i < 10; i++)
        {
            peer.Say($"set k{i} 0 0 940\r\n{Value}\r\n");
        }

        peer.Say("mg k0\r\n");
        peer.Say($"set new 0 0 940\r\n{Value}\r\n");

        Assert.Equal("HD\r\nEN\r\nHD\r\nHD\r\n", peer.Say("mg k0\r\nmg k1\r\nmg k2\r\nmg new\r\n"));
        Assert.Contains("STAT evictions 1\r\n", peer.Say("stats\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_stays_within_the_limit_whatever_is_stored()
    {
        using var peer = new EmbeddedPeer(options: _roomForTen);
        for (var i = 0; i < 1000; i++)
        {
            var length = i * 37 % 1900;
            peer.Say($"set key{i} {i % 2} 0 {length}\r\n{new string('x', length)}\r\n");
            Assert.InRange(peer.Store.Bytes, 1, _roomForTen.MemoryLimit);
        }
    }

    [Fact]
    public void Deleted_and_replaced_entries_give_their_memory_back()
    {
        using var peer = new EmbeddedPeer(options: _roomForTen);
        peer.Say("set a 5 0 2\r\nhi\r\n");
        Assert.Equal(66, peer.Store.Bytes);

        peer.Say("set a 0 0 3\r\nhoi\r\nappend a 0 0 1\r\n!\r\n");
        Assert.Equal(64, peer.Store.Bytes);
        peer.Say("delete a\r\n");

        Assert.Equal(0, peer.Store.Bytes);
        Assert.Equal(0, peer.Store.Count);
    }

    [Fact]
    public void The_item_limit_is_the_one_that_was_set()
    {
        using var peer = new EmbeddedPeer(options: _roomForTen);
        var fits = 2048 - 59 - 1;

        Assert.Equal("STORED\r\n", peer.Say($"set a 0 0 {fits}\r\n{new string('x', fits)}\r\n"));
        Assert.Equal(
            "SERVER_ERROR object too large for cache\r\nMN\r\n", peer.Say($"set a 0 0 {fits + 1}\r\n{new string('x', fits + 1)}\r\nmn\r\n"));
        Assert.Contains("STAT item_size_max 2048\r\n", peer.Say("stats settings\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_announced_value_takes_no_memory_before_it_comes()
    {
        using var large = new EmbeddedPeer(options: new EmbeddedMemcachedOptions { MemoryLimit = 1L << 30, ItemSizeLimit = 1 << 30 });
        var before = GC.GetAllocatedBytesForCurrentThread();

        large.Say("set a 0 0 1000000000\r\nx");

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(100, 1 << 20)]
    [InlineData(1 << 20, 100)]
    [InlineData(1 << 20, int.MaxValue)]
    public void Sizes_out_of_range_are_refused(long memoryLimit, int itemSizeLimit) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new EmbeddedMemcached(new EmbeddedMemcachedOptions { MemoryLimit = memoryLimit, ItemSizeLimit = itemSizeLimit }));
}
