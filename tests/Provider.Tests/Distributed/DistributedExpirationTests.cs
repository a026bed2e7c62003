using System.Buffers;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Distributed;

public sealed class DistributedExpirationTests : DistributedExpirationContract, IDisposable
{
    private readonly EmbeddedMemcached _server;
    private readonly RecordedCache _process;

    public DistributedExpirationTests()
    {
        _server = new EmbeddedMemcached(timeProvider: Clock);
        _process = new RecordedCache(_server.Transport, Clock);
    }

    private protected override IDistributedCache Cache => _process.Distributed;

    public void Dispose()
    {
        _process.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_refresh_is_one_small_request_for_an_unknown_key_and_moves_no_value_for_a_known_one()
    {
        await Cache.SetAsync("key", new byte[100_000], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(20) });
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        _process.Wire.Clear();

        await Cache.RefreshAsync("unknown");
        Assert.Equal("mg", await _process.VerbsAsync());
        await Cache.RefreshAsync("key");

        Assert.Equal("mg mg mg", await _process.VerbsAsync());
        Assert.InRange(_process.Wire.BytesMoved, 1, 700);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refresh_right_after_a_miss_of_the_key_asks_nobody(bool intoABuffer)
    {
        Assert.False(await FindsAsync("key", intoABuffer));
        Assert.Equal("mg", await _process.VerbsAsync());

        await Cache.RefreshAsync("key");
        Assert.Equal("mg", await _process.VerbsAsync());
    }

    [Fact]
    public async Task A_miss_spares_one_refresh_of_that_key_for_less_than_a_second()
    {
        await Cache.GetAsync("key");
        await Cache.RefreshAsync("key");
        await Cache.RefreshAsync("key");
        Assert.Equal("mg mg", await _process.VerbsAsync());

        await Cache.GetAsync("key");
        await Cache.RefreshAsync("another");
        Assert.Equal("mg mg mg mg", await _process.VerbsAsync());

        await Cache.GetAsync("key");
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await Cache.RefreshAsync("key");
        Assert.Equal("mg mg mg mg mg mg", await _process.VerbsAsync());
    }

    [Fact]
    public async Task A_hit_spares_no_refresh()
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(20) });
        Assert.NotNull(await Cache.GetAsync("key"));
        await Cache.RefreshAsync("key");

        Assert.Equal("ms mg mg", await _process.VerbsAsync());
    }

    private async Task<bool> FindsAsync(string key, bool intoABuffer) => intoABuffer
        ? await ((IBufferDistributedCache)Cache).TryGetAsync(key, new ArrayBufferWriter<byte>(), CancellationToken.None)
        : await Cache.GetAsync(key) is not null;

    private protected override async Task AdvanceAsync(TimeSpan by)
    {
        await _process.SettleAsync();
        await base.AdvanceAsync(by);
    }
}
