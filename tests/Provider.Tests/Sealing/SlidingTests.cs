using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Sealing;

public sealed class SlidingTests : IDisposable
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("session:1");
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly RecordedCache _cache;

    public SlidingTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _cache = new RecordedCache(_server.Transport, _clock);
    }

    private ISealedStore Store => _cache.Sealed;

    public void Dispose()
    {
        _cache.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Reading_keeps_an_entry_alive_and_not_reading_lets_it_end()
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(s_window));

        for (var i = 0; i < 5; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(9));
            Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        }

        await AdvanceAsync(s_window);
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(s_address)).Outcome);
    }

    [Fact]
    public async Task Reading_into_a_buffer_and_reading_many_slide_too()
    {
        await Store.WriteAsync(s_address, new byte[1], Addresses.Sliding(s_window));
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(ReadOutcome.Hit, await Store.ReadAsync(s_address, new System.Buffers.ArrayBufferWriter<byte>()));
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True(Assert.Single(await Store.ReadManyAsync<byte[]>([s_address])).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);
    }

    [Fact]
    public async Task The_window_is_started_anew_only_when_a_second_of_it_is_spent()
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(s_window));
        _cache.Wire.Clear();

        await Store.ReadAsync<int>(s_address);
        await AdvanceAsync(TimeSpan.FromSeconds(0.9));
        await Store.ReadAsync<int>(s_address);
        Assert.Equal("mg mg", await _cache.VerbsAsync());

        await AdvanceAsync(TimeSpan.FromSeconds(0.1));
        await Store.ReadAsync<int>(s_address);
        Assert.Equal("mg mg mg mg", await _cache.VerbsAsync());
        Assert.Contains(" T10", _cache.Wire.Requests[3], StringComparison.Ordinal);

        await Store.ReadAsync<int>(s_address);
        Assert.Equal("mg mg mg mg mg", await _cache.VerbsAsync());
    }

    [Fact]
    public async Task An_entry_without_a_window_is_never_touched_by_reading()
    {
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.FromSeconds(100)));
        await AdvanceAsync(TimeSpan.FromSeconds(50));
        _cache.Wire.Clear();

        await Store.ReadAsync<int>(s_address);
        await Store.RefreshAsync(s_address);

        Assert.Equal("mg mg", await _cache.VerbsAsync());
    }

    [Fact]
    public async Task A_refresh_starts_the_window_anew_and_moves_no_value()
    {
        await Store.WriteAsync(s_address, Noise(50_000), Addresses.Sliding(s_window));
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        _cache.Wire.Clear();

        await Store.RefreshAsync(s_address);

        Assert.Equal("mg mg", await _cache.VerbsAsync());
        Assert.InRange(_cache.Wire.BytesMoved, 1, 500);
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True((await Store.ReadAsync<byte[]>(s_address)).Found);
    }

    [Fact]
    public async Task A_refresh_of_no_entry_is_one_small_request()
    {
        await Store.ReadAsync<int>(s_address);
        _cache.Wire.Clear();

        await Store.RefreshAsync(s_address);

        Assert.Equal("mg", await _cache.VerbsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Neither_reading_nor_refreshing_outlives_the_absolute_deadline(bool refreshing)
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(s_window, absolute: TimeSpan.FromSeconds(25)));

        for (var i = 0; i < 3; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(8));
            if (refreshing)
            {
                await Store.RefreshAsync(s_address);
            }
            else
            {
                Assert.True((await Store.ReadAsync<int>(s_address)).Found);
            }
        }

        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);

        // The server was told the end too: it holds nothing that can no longer open.
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False((await _cache.Client.GetAsync(s_address.Wire())).Found);
    }

    [Fact]
    public async Task An_absolute_deadline_within_the_window_ends_the_entry()
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(TimeSpan.FromSeconds(60), absolute: TimeSpan.FromSeconds(5)));
        await AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task An_entry_left_unencrypted_on_purpose_is_refreshed_under_its_deadline()
    {
        var plain = new EntryFormat { Encrypt = false };
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(s_window, absolute: TimeSpan.FromSeconds(100)) with { Format = plain });
        await AdvanceAsync(TimeSpan.FromSeconds(9));

        await Store.RefreshAsync(s_address);

        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.True((await Store.ReadAsync<int>(s_address, plain)).Found);
    }

    [Fact]
    public async Task A_window_below_a_second_is_one_second_and_not_endless()
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(TimeSpan.FromMilliseconds(300)));

        Assert.Equal(TimeSpan.FromSeconds(1), ItemFlags.Of((await _cache.Client.GetAsync(s_address.Wire())).Flags).Window);
        await AdvanceAsync(TimeSpan.FromMilliseconds(900));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Theory]
    [InlineData((1L << 24) - 1, (1L << 24) - 1)]
    [InlineData(1L << 24, (1L << 24) - 1)]
    [InlineData(922337203685L, (1L << 24) - 1)]
    public async Task A_window_longer_than_the_flags_can_hold_is_the_longest_they_can(long seconds, long expected)
    {
        var window = seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(window));

        Assert.Equal(TimeSpan.FromSeconds(expected), ItemFlags.Of((await _cache.Client.GetAsync(s_address.Wire())).Flags).Window);
        await AdvanceAsync(TimeSpan.FromSeconds(expected - 1));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(expected - 1));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        await AdvanceAsync(TimeSpan.FromSeconds(expected + 1));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task A_touch_gives_a_window_and_takes_it_away()
    {
        await Store.WriteAsync(s_address, 1, Addresses.Sliding(s_window));
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        _cache.Wire.Clear();
        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(s_address, EntryLife.Forever));
        Assert.Equal("mg ms", await _cache.VerbsAsync());
        await AdvanceAsync(TimeSpan.FromDays(1));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);

        await Store.TouchAsync(s_address, new EntryLife(Sliding: TimeSpan.FromSeconds(2)));
        await AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task Many_are_read_by_one_request_each()
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 100).Select(i => Addresses.Scope().Entry($"many:{i}"))];
        await Store.WriteManyAsync([.. addresses.Select(address => KeyValuePair.Create(address, 1))], new EntryWrite());
        _cache.Wire.Clear();

        await Store.ReadManyAsync<int>(addresses);

        Assert.Equal(string.Join(' ', Enumerable.Repeat("mg", 100)), await _cache.VerbsAsync());
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private async Task AdvanceAsync(TimeSpan by)
    {
        await _cache.SettleAsync();
        _clock.Advance(by);
    }
}
