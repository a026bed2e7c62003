using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>Chunks live at least as long as their manifest, and their windows start anew before its does.</summary>
public sealed class LargeValueLifeTests : IDisposable
{
    // Three chunks and a bit, of a server whose items are small: so that what goes over the wire can be read.
    private const int Size = 12_000;
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("statement:1");
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly RecordedCache _cache;

    public LargeValueLifeTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _cache = new RecordedCache(_server.Transport, _clock, options =>
        {
            options.LargeValues = LargeValues.Chunk;
            options.ItemSizeLimit = 4096;
            options.Timeout = TimeSpan.FromSeconds(1);
        });
    }

    private ISealedStore Store => _cache.Sealed;

    public void Dispose()
    {
        _cache.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Chunks_are_written_before_the_manifest_and_live_longer()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(30)));

        var writes = _cache.Wire.Requests;
        Assert.Equal(5, writes.Count);
        Assert.All(writes.Take(4), line => Assert.Contains("~k", line, StringComparison.Ordinal));
        Assert.DoesNotContain("~k", writes[4], StringComparison.Ordinal);
        Assert.All(writes.Take(4), line => Assert.Contains(" T92", line, StringComparison.Ordinal));
        Assert.Contains(" T30", writes[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_asks_once_for_the_manifest_and_for_each_chunk()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(30)));
        _cache.Wire.Clear();

        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);

        Assert.Equal("mg mg mg mg mg", await _cache.VerbsAsync());
    }

    [Fact]
    public async Task It_is_there_until_its_deadline_and_not_longer()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(30)));

        await AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(s_address)).Outcome);
    }

    [Fact]
    public async Task Without_a_life_it_does_not_end()
    {
        await Store.WriteAsync(s_address, Noise(), new EntryWrite());

        await AdvanceAsync(TimeSpan.FromDays(1000));

        Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);
    }

    [Fact]
    public async Task Its_chunks_end_soon_after_it_where_it_is_removed()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(30)));
        await Store.RemoveAsync(s_address);
        Assert.Equal(4, _server.Count);

        await AdvanceAsync(TimeSpan.FromSeconds(93));

        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(s_address)).Outcome);
        var name = System.Text.Encoding.ASCII.GetString(s_address.Wire());
        foreach (var key in _cache.Wire.Requests.Select(line => line.Split(' ')[1]).Where(key => key.StartsWith(name + "~k", StringComparison.Ordinal)))
        {
            Assert.False((await _cache.Client.GetAsync(key)).Found);
        }
    }

    [Fact]
    public async Task Reading_keeps_all_of_it_alive_and_not_reading_lets_it_end()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.Sliding(s_window));

        // Well past what the chunks were given at first.
        for (var i = 0; i < 20; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(9));
            Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);
        }

        await AdvanceAsync(s_window);
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(s_address)).Outcome);
    }

    [Fact]
    public async Task Refreshing_keeps_all_of_it_alive()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.Sliding(s_window));
        for (var i = 0; i < 20; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(9));
            await Store.RefreshAsync(s_address);
        }

        Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);
    }

    [Fact]
    public async Task The_windows_of_the_chunks_start_anew_before_that_of_the_manifest()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.Sliding(s_window));
        foreach (var slides in (Func<Task>[])[async () => await Store.ReadAsync<byte[]>(s_address), async () => await Store.RefreshAsync(s_address)])
        {
            await AdvanceAsync(TimeSpan.FromSeconds(5));
            _cache.Wire.Clear();

            await slides();

            await _cache.SettleAsync();
            string[] touches = [.. _cache.Wire.Requests.Where(line => line.Contains(" T", StringComparison.Ordinal))];
            Assert.Equal([true, true, true, true, false], touches.Select(line => line.Contains("~k", StringComparison.Ordinal)));
            Assert.All(touches.Take(4), line => Assert.Contains(" T72", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_deadline_caps_the_window_of_a_large_value_too()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.Sliding(s_window, TimeSpan.FromSeconds(25)));

        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(7));
        Assert.False((await Store.ReadAsync<byte[]>(s_address)).Found);
    }

    [Fact]
    public async Task A_touch_to_a_longer_life_reaches_the_chunks_and_one_to_a_shorter_life_leaves_them()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(10)));

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(s_address, new EntryLife(TimeSpan.FromHours(1))));
        await AdvanceAsync(TimeSpan.FromMinutes(50));
        Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);

        _cache.Wire.Clear();
        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(s_address, new EntryLife(TimeSpan.FromSeconds(20))));
        Assert.DoesNotContain(_cache.Wire.Requests, line => line.Contains("~k", StringComparison.Ordinal) && line.Contains(" T", StringComparison.Ordinal));
        await AdvanceAsync(TimeSpan.FromSeconds(19));
        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(s_address, EntryLife.Forever));
        await AdvanceAsync(TimeSpan.FromDays(500));
        Assert.Equal(Noise(), (await Store.ReadAsync<byte[]>(s_address)).Value);
    }

    [Fact]
    public async Task A_touch_of_what_lost_a_chunk_stores_nothing()
    {
        await Store.WriteAsync(s_address, Noise(), Addresses.For(TimeSpan.FromSeconds(10)));
        var chunk = _cache.Wire.Requests[2].Split(' ')[1];
        Assert.True(await _cache.Client.DeleteAsync(chunk));

        Assert.Equal(WriteOutcome.NotStored, await Store.TouchAsync(s_address, new EntryLife(TimeSpan.FromHours(1))));
        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<byte[]>(s_address)).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_store_counts_windows_by_itself_reading_and_refreshing_reach_the_chunks(bool reads)
    {
        var other = new VendorCache(_clock);
        using var process = CacheProcess.On(other, _clock, configure: options => (options.LargeValues, options.ItemSizeLimit) = (LargeValues.Chunk, 4096));
        await process.Sealed.WriteAsync(s_address, Noise(), Addresses.Sliding(s_window));
        for (var i = 0; i < 20; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(9));
            if (reads)
            {
                Assert.True((await process.Sealed.ReadAsync<byte[]>(s_address)).Found);
            }
            else
            {
                await process.Sealed.RefreshAsync(s_address);
            }
        }

        Assert.Equal(Noise(), (await process.Sealed.ReadAsync<byte[]>(s_address)).Value);
    }

    private async Task AdvanceAsync(TimeSpan by)
    {
        await _cache.SettleAsync();
        _clock.Advance(by);
    }

    private static byte[] Noise()
    {
        var noise = new byte[Size];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
