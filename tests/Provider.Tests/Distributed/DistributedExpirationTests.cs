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

    private protected override async Task AdvanceAsync(TimeSpan by)
    {
        await _process.SettleAsync();
        await base.AdvanceAsync(by);
    }
}
