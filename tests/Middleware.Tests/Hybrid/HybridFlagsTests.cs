using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching.Memcached;
using static Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags;

namespace Middleware.Tests.Hybrid;

/// <summary>What each flag keeps away. Values tell where they came from; "near" is this process's memory, "far" what another process stored.</summary>
public sealed class HybridFlagsTests : IDisposable
{
    private readonly HybridFleet _fleet = new();
    private readonly HybridCache _here;
    private readonly HybridCache _there;

    public HybridFlagsTests() => (_here, _there) = (_fleet.Start().Cache, _fleet.Start().Cache);

    public void Dispose() => _fleet.Dispose();

    /// <summary>All sixteen ways to read and write, from each of the four states of the tiers: what is answered, and what the tiers hold then.</summary>
    [Fact]
    public async Task Every_combination_reads_and_writes_just_what_it_may()
    {
        HybridCacheEntryFlags[] parts = [DisableLocalCacheRead, DisableLocalCacheWrite, DisableDistributedCacheRead, DisableDistributedCacheWrite, DisableUnderlyingData];
        for (var chosen = 0; chosen < 1 << parts.Length; chosen++)
        {
            var flags = parts.Where((_, i) => (chosen & (1 << i)) != 0).Aggregate(None, static (all, flag) => all | flag);
            foreach (var (near, far) in ((string?, string?)[])[(null, null), ("near", null), (null, "far"), ("near", "far")])
            {
                var key = $"{flags} {near} {far}";
                await ArrangeAsync(key, near, far);

                var answer = await _here.GetOrCreateAsync(key, static _ => new ValueTask<string?>("made"), Local(flags));

                var (expected, from) = Expected(flags, near, far);
                var writesNear = !flags.HasFlag(DisableLocalCacheWrite) && from is "far" or "made" && expected is not null;
                var writesFar = !flags.HasFlag(DisableDistributedCacheWrite) && from is "made";
                Assert.Equal((key, expected), (key, answer));
                Assert.Equal((key, writesFar ? expected : far), (key, await FarAsync(key)));
                if (!flags.HasFlag(DisableLocalCacheWrite))
                {
                    Assert.Equal((key, writesNear ? expected : near), (key, await NearAsync(key)));
                }
                else
                {
                    // What is not written may stay or go, but is never the new value.
                    Assert.Contains(await NearAsync(key), (string?[])[null, near], StringComparer.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData(None, true, true)]
    [InlineData(DisableLocalCacheWrite, false, true)]
    [InlineData(DisableDistributedCacheWrite, true, false)]
    [InlineData(DisableLocalCacheWrite | DisableDistributedCacheWrite, false, false)]
    [InlineData(DisableLocalCacheRead | DisableDistributedCacheRead | DisableUnderlyingData, true, true)]
    public async Task A_value_is_set_just_where_it_may(HybridCacheEntryFlags flags, bool near, bool far)
    {
        await _here.SetAsync("key", "set", Local(flags));

        Assert.Equal(near ? "set" : null, await NearAsync("key"));
        Assert.Equal(far ? "set" : null, await FarAsync("key"));
    }

    [Fact]
    public async Task A_value_that_may_not_go_to_the_shared_cache_stays_here_even_where_nobody_said_for_how_long()
    {
        var options = new HybridCacheEntryOptions { Flags = DisableDistributedCache, Expiration = TimeSpan.FromMinutes(2) };
        var runs = 0;

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, await _here.GetOrCreateAsync("key", _ => new ValueTask<int>(++runs), options));
        }

        Assert.Equal(0, _fleet.Server.Count);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, await _here.GetOrCreateAsync("key", _ => new ValueTask<int>(++runs), options));
    }

    [Fact]
    public async Task Memory_alone_works_while_the_server_is_away_and_runs_one_factory_for_all()
    {
        _fleet.Server.Dispose();
        var options = new HybridCacheEntryOptions { Flags = DisableDistributedCache };
        var (runs, gate) = (0, new TaskCompletionSource());

        var callers = Enumerable.Range(0, 10).Select(_ => _here.GetOrCreateAsync("key", async _ =>
        {
            await gate.Task;
            return ++runs;
        }, options).AsTask()).ToArray();
        gate.SetResult();

        Assert.All(await Task.WhenAll(callers), static value => Assert.Equal(1, value));
        Assert.Equal(1, await _here.GetOrCreateAsync("key", _ => new ValueTask<int>(++runs), options));
    }

    [Fact]
    public async Task What_is_in_memory_alone_stays_there_where_generations_are_polled()
    {
        var cache = _fleet.Start(add: static services => services.AddMemcachedScopedCache(static options => options.GenerationPoll = true)).Cache;
        var options = new HybridCacheEntryOptions { Flags = DisableDistributedCache };
        await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(1), options);

        Assert.Equal(1, await cache.GetOrCreateAsync("key", static _ => new ValueTask<int>(2), options));
    }

    [Theory]
    [InlineData(DisableDistributedCacheRead)]
    [InlineData(DisableDistributedCacheWrite)]
    [InlineData(DisableDistributedCache)]
    public async Task Who_leaves_a_tier_out_does_not_take_the_value_of_who_does_not(HybridCacheEntryFlags flags)
    {
        var (started, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        var others = _here.GetOrCreateAsync("key", async _ =>
        {
            started.SetResult();
            await gate.Task;
            return "others";
        }).AsTask();
        await started.Task;

        var own = _here.GetOrCreateAsync("key", static _ => new ValueTask<string>("own"), new HybridCacheEntryOptions { Flags = flags }).AsTask();

        Assert.Equal("own", await own);
        gate.SetResult();
        Assert.Equal("others", await others);
    }

    [Fact]
    public async Task A_forced_refresh_is_what_everybody_finds_afterwards()
    {
        await _there.SetAsync("key", "old");
        Assert.Equal("old", await _here.GetOrCreateAsync("key", static _ => new ValueTask<string>("never"), Local()));

        var refresh = new HybridCacheEntryOptions { Flags = DisableLocalCacheRead | DisableDistributedCacheRead };
        Assert.Equal("new", await _here.GetOrCreateAsync("key", static _ => new ValueTask<string>("new"), refresh));

        Assert.Equal("new", await _here.GetOrCreateAsync("key", static _ => new ValueTask<string>("never"), Local()));
        Assert.Equal("new", await FarAsync("key"));
    }

    [Fact]
    public async Task What_is_removed_by_tag_while_a_forced_refresh_runs_stays_removed()
    {
        var refresh = new HybridCacheEntryOptions { Flags = DisableLocalCacheRead | DisableDistributedCacheRead };

        await _here.GetOrCreateAsync("key", async token =>
        {
            await _there.RemoveByTagAsync("tag", token);
            return "made before the removal";
        }, refresh, ["tag"]);

        Assert.Null(await FarAsync("key"));
    }

    [Fact]
    public async Task A_forced_refresh_is_stored_at_once_under_a_tag_that_this_process_has_not_seen()
    {
        await _there.RemoveByTagAsync("tag");
        var refresh = new HybridCacheEntryOptions { Flags = DisableLocalCacheRead | DisableDistributedCacheRead };

        await _here.GetOrCreateAsync("key", static _ => new ValueTask<string>("new"), refresh, ["tag"]);

        Assert.Equal("new", await FarAsync("key"));
    }

    [Fact]
    public async Task Without_underlying_data_what_is_not_there_is_the_default()
    {
        var only = new HybridCacheEntryOptions { Flags = DisableUnderlyingData };

        Assert.Equal(0, await _here.GetOrCreateAsync<int>("key", static _ => throw new InvalidOperationException(), only));
        Assert.Null(await _here.GetOrCreateAsync<string?>("key", static _ => throw new InvalidOperationException(), only));
        Assert.Equal(0, _fleet.Server.Count);
    }

    [Fact]
    public async Task Compression_can_be_left_out()
    {
        var text = new string('x', 200_000);
        using var small = new HybridFleet();
        var cache = small.Start(add: static services => services.Configure<MemcachedOptions>(static options => options.ItemSizeLimit = 100_000)).Cache;

        // What does not fit uncompressed is not stored.
        await cache.SetAsync("compressed", text);
        await cache.SetAsync("as it is", text, new HybridCacheEntryOptions { Flags = DisableCompression });

        Assert.Equal(text, await cache.GetOrCreateAsync("compressed", static _ => new ValueTask<string>("none")));
        Assert.Equal("none", await cache.GetOrCreateAsync("as it is", static _ => new ValueTask<string>("none")));
    }

    private static HybridCacheEntryOptions Local(HybridCacheEntryFlags flags = None) => new() { Flags = flags, LocalCacheExpiration = TimeSpan.FromMinutes(1) };

    private static (string? Value, string From) Expected(HybridCacheEntryFlags flags, string? near, string? far) =>
        near is not null && !flags.HasFlag(DisableLocalCacheRead) ? (near, "near")
        : far is not null && !flags.HasFlag(DisableDistributedCacheRead) ? (far, "far")
        : flags.HasFlag(DisableUnderlyingData) ? (null, "nowhere")
        : ("made", "made");

    private async Task ArrangeAsync(string key, string? near, string? far)
    {
        if (near is not null)
        {
            await _here.SetAsync(key, near, Local(DisableDistributedCacheWrite));
        }

        if (far is not null)
        {
            await _there.SetAsync(key, far);
        }
    }

    private ValueTask<string?> NearAsync(string key) =>
        _here.GetOrCreateAsync<string?>(key, static _ => throw new InvalidOperationException(), Local(DisableDistributedCache | DisableUnderlyingData));

    private ValueTask<string?> FarAsync(string key) =>
        _there.GetOrCreateAsync<string?>(key, static _ => throw new InvalidOperationException(), new HybridCacheEntryOptions { Flags = DisableLocalCache | DisableUnderlyingData });
}
