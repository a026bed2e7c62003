using Functions.Tests.Doubles;
using Functions.Tests.Samples;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Functions.Tests;

/// <summary>Clearing, refreshing, reading, priming.</summary>
public sealed class CompanionTests : IDisposable
{
    private static readonly User s_ana = new("ana");
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();
    private readonly ProfileHandler _handler;

    public CompanionTests() => _handler = new ProfileHandler(_caches);

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task Clearing_a_call_clears_that_call_and_no_other()
    {
        await _handler.GetProfileAsync(s_ana);
        await _handler.GetProfileAsync(new User("bo"));

        Assert.Equal(RemoveOutcome.Removed, await _handler.GetProfileCache.ClearAsync(s_ana));
        Assert.Equal(RemoveOutcome.NotFound, await _handler.GetProfileCache.ClearAsync(s_ana));
        Assert.Equal(3, (await _handler.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(2, (await _handler.GetProfileAsync(new User("bo"))).Calls);
    }

    [Fact]
    public async Task A_call_can_be_read_without_running_it()
    {
        Assert.False((await _handler.GetProfileCache.TryGetAsync(s_ana)).Found);
        Assert.Equal(0, _handler.Calls);
        await _handler.GetProfileAsync(s_ana);
        Assert.Equal(new Profile("ana", 1), (await _handler.GetProfileCache.TryGetAsync(s_ana)).Value);
        await _handler.FindAsync(null);
        Assert.Equal((true, null), (await _handler.FindCache.TryGetAsync(null) is { Found: var found, Value: var value }) ? (found, value) : default);
    }

    [Fact]
    public async Task A_call_can_be_primed()
    {
        Assert.True(await _handler.GetProfileCache.SetAsync(s_ana, new Profile("primed", 0)));
        Assert.Equal("primed", (await _handler.GetProfileAsync(s_ana)).Name);
        Assert.True(await _handler.TwiceCache.SetAsync(2, 5));
        Assert.Equal(5, _handler.Twice(2));
        Assert.Equal(0, _handler.Calls);
    }

    [Fact]
    public async Task A_call_can_be_refreshed()
    {
        await _handler.GetProfileAsync(s_ana);
        Assert.Equal(2, (await _handler.GetProfileCache.RefreshAsync(s_ana)).Calls);
        Assert.Equal(2, (await _handler.GetProfileAsync(s_ana)).Calls);
    }

    [Fact]
    public async Task A_refresh_that_fails_leaves_what_is_cached()
    {
        await _handler.GetProfileAsync(s_ana);
        _handler.Inside = static _ => throw new InvalidOperationException("core is down");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _handler.GetProfileCache.RefreshAsync(s_ana).AsTask());
        Assert.Equal(1, (await _handler.GetProfileAsync(s_ana)).Calls);
    }

    [Fact]
    public async Task A_clear_while_a_refresh_runs_wins()
    {
        var (inside, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        _handler.Inside = _ =>
        {
            inside.TrySetResult();
            return gate.Task;
        };
        var refresh = _handler.GetProfileCache.RefreshAsync(s_ana).AsTask();
        await inside.Task.InTime();
        await _handler.GetProfileCache.ClearAsync(s_ana);
        gate.SetResult();
        Assert.Equal(1, (await refresh.InTime()).Calls);

        Assert.False((await _handler.GetProfileCache.TryGetAsync(s_ana)).Found);
    }

    [Fact]
    public async Task Who_misses_while_a_refresh_runs_waits_for_it_and_who_was_running_before_stores_nothing()
    {
        var gates = new Dictionary<int, TaskCompletionSource> { [1] = new(), [2] = new() };
        var inside = new Dictionary<int, TaskCompletionSource> { [1] = new(), [2] = new() };
        _handler.Inside = _ =>
        {
            inside[_handler.Calls].SetResult();
            return gates[_handler.Calls].Task;
        };
        var before = _handler.GetProfileAsync(s_ana);
        await inside[1].Task.InTime();
        var refresh = _handler.GetProfileCache.RefreshAsync(s_ana).AsTask();
        await inside[2].Task.InTime();
        var after = _handler.GetProfileAsync(s_ana);
        gates[2].SetResult();
        Assert.Equal((2, 2), ((await refresh.InTime()).Calls, (await after.InTime()).Calls));
        gates[1].SetResult();
        Assert.Equal(1, (await before.InTime()).Calls);

        Assert.Equal(2, (await _handler.GetProfileAsync(s_ana)).Calls);
    }

    [Fact]
    public async Task The_key_of_a_call_is_its_key_in_the_cache_of_its_level()
    {
        await _handler.GetProfileAsync(s_ana);
        Assert.Equal(RemoveOutcome.Removed, await _caches.StackCache.RemoveAsync(_handler.GetProfileCache.KeyFor(s_ana)));
        Assert.False((await _handler.GetProfileCache.TryGetAsync(s_ana)).Found);
    }

    [Fact]
    public async Task A_clear_reaches_every_process()
    {
        using var server = new EmbeddedMemcached();
        var ring = new EphemeralDataProtectionProvider();
        using var one = Process(server, ring);
        using var other = Process(server, ring);
        var (here, there) = (Handler(one), Handler(other));
        await here.GetProfileAsync(s_ana);
        Assert.Equal(1, (await there.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(0, there.Calls);

        await there.GetProfileCache.ClearAsync(s_ana);
        Assert.Equal(2, (await here.GetProfileAsync(s_ana)).Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_clear_by_another_process_while_a_refresh_runs_is_not_undone_by_its_value(bool isCached)
    {
        using var server = new EmbeddedMemcached();
        var ring = new EphemeralDataProtectionProvider();
        using var one = Process(server, ring);
        using var other = Process(server, ring);
        var (here, there) = (Handler(one), Handler(other));
        if (isCached)
        {
            await here.GetProfileAsync(s_ana);
        }

        var (runs, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        here.Inside = async _ =>
        {
            runs.SetResult();
            await goesOn.Task;
        };
        var refresh = here.GetProfileCache.RefreshAsync(s_ana).AsTask();
        await runs.Task.InTime();
        await there.GetProfileCache.ClearAsync(s_ana);
        goesOn.SetResult();
        await refresh.InTime();

        Assert.False((await there.GetProfileCache.TryGetAsync(s_ana)).Found);
        Assert.False((await here.GetProfileCache.TryGetAsync(s_ana)).Found);
    }

    [Fact]
    public async Task Anothers_implementation_of_the_caches_will_do()
    {
        var handler = new ProfileHandler(new Decorated(_caches));
        Assert.Equal(1, (await handler.GetProfileAsync(s_ana)).Calls);
        Assert.Equal(2, (await handler.GetProfileAsync(s_ana, force: true)).Calls);
        Assert.Equal(2, (await handler.GetProfileAsync(s_ana)).Calls);
    }

    private static ProfileHandler Handler(IServiceProvider services) => new(services.GetRequiredService<IScopedCacheFactory>().Create("acme"));

    private static ServiceProvider Process(EmbeddedMemcached server, IDataProtectionProvider ring) =>
        new ServiceCollection().AddMemcachedScopedCache().UseEmbeddedMemcached(server).AddSingleton(ring)
            .Configure<MemcachedOptions>(static options => options.Timeout = TimeSpan.FromSeconds(30)).BuildServiceProvider();

    /// <summary>Hands everything on, and so hides what our own caches can do beside <see cref="ICache"/>.</summary>
    private sealed class Decorated(IScopedCache caches, ICache? cache = null) : OtherCache
    {
        public override ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null) => new Decorated(caches, caches.GetCache(prefix, level, options));

        public override ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken) =>
            cache!.GetOrCreateAsync(key, state, factory, policy, cancellationToken);

        public override ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy, CancellationToken cancellationToken) => cache!.SetAsync(key, value, policy, cancellationToken);
    }
}
