using System.Text;
using Microsoft.Extensions.Caching.Distributed;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;

namespace Provider.Tests.Distributed;

public sealed class DistributedCacheOnMemoryDistributedCacheTests : DistributedCacheContract
{
    private readonly IDistributedCache _other = MemoryCaches.Create();

    internal override CacheProcess Start() => CacheProcess.On(_other);

    internal override Task<byte[]?> StoredAsync(CacheProcess process, byte[] wireKey) => _other.GetAsync(Encoding.ASCII.GetString(wireKey));
}

public sealed class DistributedCacheOnAnotherVendorsCacheTests : DistributedCacheContract
{
    private readonly VendorCache _other = new();

    internal override CacheProcess Start() => CacheProcess.On(_other);

    internal override Task<byte[]?> StoredAsync(CacheProcess process, byte[] wireKey) => Task.FromResult(_other.Stored(Encoding.ASCII.GetString(wireKey)));
}

public sealed class ExpirationOnMemoryDistributedCacheTests : DistributedExpirationContract, IDisposable
{
    private readonly CacheProcess _process;

    public ExpirationOnMemoryDistributedCacheTests() => _process = CacheProcess.On(MemoryCaches.Create(Clock), Clock);

    private protected override IDistributedCache Cache => _process.Distributed;

    public void Dispose() => _process.Dispose();
}

public sealed class ExpirationOnAnotherVendorsCacheTests : DistributedExpirationContract, IDisposable
{
    private readonly VendorCache _other;
    private readonly CacheProcess _process;

    public ExpirationOnAnotherVendorsCacheTests()
    {
        _other = new VendorCache(Clock);
        _process = CacheProcess.On(_other, Clock);
    }

    private protected override IDistributedCache Cache => _process.Distributed;

    public void Dispose() => _process.Dispose();

    [Fact]
    public async Task Each_kind_of_life_reaches_the_vendor_as_its_own_kind()
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions());
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(20.2) });
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10) });
        await Cache.SetAsync("key", [1], Both(sliding: 10, absolute: 20));
        await Cache.SetAsync("key", [1], Both(sliding: 20, absolute: 10));
        await Cache.SetAsync("key", [1], Both(sliding: TimeSpan.MaxValue.TotalSeconds / 2, absolute: TimeSpan.MaxValue.TotalSeconds / 2));

        Assert.Equal(
            ["-/-", "21/-", "-/10", "-/10", "10/-", "-/16777215"],
            _other.Calls.Select(call => $"{Seconds(call.Options!.AbsoluteExpirationRelativeToNow)}/{Seconds(call.Options.SlidingExpiration)}"),
            StringComparer.Ordinal);
        Assert.All(_other.Calls, call => Assert.Null(call.Options!.AbsoluteExpiration));
    }

    [Fact]
    public async Task A_life_of_less_than_a_second_is_kept_and_ends()
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMilliseconds(300) });

        Assert.NotNull(await Cache.GetAsync("key"));
        Clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Null(await Cache.GetAsync("key"));
    }

    [Fact]
    public async Task The_longest_life_there_is_does_not_overflow()
    {
        await Cache.SetAsync("key", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.MaxValue });

        Assert.NotNull(await Cache.GetAsync("key"));
    }

    private static DistributedCacheEntryOptions Both(double sliding, double absolute) =>
        new() { SlidingExpiration = TimeSpan.FromSeconds(sliding), AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(absolute) };

    private static string Seconds(TimeSpan? life) => life is { } some ? some.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture) : "-";
}
