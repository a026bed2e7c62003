using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>Settings that change while the application runs.</summary>
public sealed class ReloadTests
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");

    [Fact]
    public async Task The_kill_switch_works_at_run_time()
    {
        using var server = new EmbeddedMemcached();
        using var application = new Application([], options => options.Embedded = server);
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        application.Change(("Cache:Enabled", "false"));
        Assert.Equal(ReadOutcome.Miss, (await application.Sealed.ReadAsync<int>(s_address)).Outcome);
        Assert.Equal(WriteOutcome.Disabled, await application.Sealed.WriteAsync(s_address, 2, new EntryWrite()));

        application.Change(("Cache:Enabled", "true"));
        Assert.Equal(1, (await application.Sealed.ReadAsync<int>(s_address)).Value);
    }

    [Fact]
    public async Task A_shorter_timeout_counts_from_the_next_operation_on()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = new Application(Settings(server, ("Cache:Timeout", "60")));
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());
        application.Change(("Cache:Timeout", "0.2"));
        server.Pause();

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ReadOutcome.Unavailable, (await application.Sealed.ReadAsync<int>(s_address)).Outcome);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.15), TimeSpan.FromSeconds(10));
        server.Resume();
    }

    [Fact]
    public async Task A_change_of_the_server_moves_all_calls_over_and_fails_none()
    {
        await using var first = await RealMemcachedServer.StartAsync();
        await using var second = await RealMemcachedServer.StartAsync();
        using var application = new Application(Settings(first, ("Cache:OnFailure", "Throw"), ("Cache:Timeout", "20")));
        var faults = new ConcurrentQueue<Exception>();
        using var stop = new CancellationTokenSource();
        var calls = 0;
        var load = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var address = Addresses.Scope().Entry($"worker:{worker}");
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await application.Sealed.WriteAsync(address, worker, new EntryWrite());
                    await application.Sealed.ReadManyAsync<int>([address, address, address]);
                    Interlocked.Increment(ref calls);
                }
                catch (Exception fault)
                {
                    faults.Enqueue(fault);
                }
            }
        })).ToArray();

        for (var i = 0; i < 10; i++)
        {
            var (now, marker) = (i % 2 == 0 ? second : first, $"marker{i}");
            application.Change(("Cache:Servers", $"127.0.0.1:{now.Port}"));
            await application.Client.SetAsync(marker, new byte[1]);
            using var direct = new Application(Settings(now));
            Assert.True((await direct.Client.GetAsync(marker)).Found);
            var before = Volatile.Read(ref calls);
            await Eventually.TrueAsync(() => Volatile.Read(ref calls) > before + 20);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(faults);

        // The server left behind is let go.
        using var observer = new Application(Settings(second));
        await Eventually.TrueAsync(async () => (await observer.Client.StatsAsync())["curr_connections"] is "1" or "2");
    }

    [Fact]
    public async Task A_setting_that_cannot_be_used_leaves_the_former_ones_and_is_told()
    {
        using var server = new EmbeddedMemcached();
        using var application = new Application([], options => options.Embedded = server);
        await application.Sealed.WriteAsync(s_address, 1, new EntryWrite());

        application.Change(("Cache:Timeout", "soon"), ("Cache:Enabled", "false"));
        application.Change(("Cache:Timeout", "9999"));

        Assert.True(application.Options.Enabled);
        Assert.Equal(1, (await application.Sealed.ReadAsync<int>(s_address)).Value);
        var told = application.Log.Lines.Where(line => line.Id == 1302).Select(line => line.Text).ToArray();
        Assert.Equal(2, told.Length);
        Assert.Contains("'Cache:Timeout' is 'soon'", told[0], StringComparison.Ordinal);
        Assert.Contains("'Cache:Timeout' is 9999 s", told[1], StringComparison.Ordinal);

        application.Change(("Cache:Timeout", "5"));
        Assert.False(application.Options.Enabled);
        Assert.Equal(TimeSpan.FromSeconds(5), application.Options.Timeout);
    }

    [Fact]
    public async Task Outside_development_taking_the_last_server_away_is_refused()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = new Application(Settings(server));
        await application.Host.StartAsync();

        application.Change(("Cache:Servers", ""));

        Assert.Single(application.Log.Lines, line => line.Id == 1302);
        Assert.Equal(WriteOutcome.Stored, await application.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
    }

    [Fact]
    public async Task In_development_a_server_configured_later_takes_the_embedded_ones_place_and_gives_it_back()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = new Application([], environment: "Development");
        await application.Client.SetAsync("embedded", new byte[1]);

        application.Change(("Cache:Servers", Name(server)));
        Assert.False((await application.Client.GetAsync("embedded")).Found);
        await application.Client.SetAsync("real", new byte[1]);
        using var direct = new Application(Settings(server));
        Assert.True((await direct.Client.GetAsync("real")).Found);

        application.Change(("Cache:Servers", ""));
        Assert.True((await application.Client.GetAsync("embedded")).Found);
    }

    [Fact]
    public async Task In_development_the_embedded_server_takes_the_place_of_one_taken_away()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var application = new Application(Settings(server), environment: "Development");
        await application.Client.SetAsync("real", new byte[1]);

        application.Change(("Cache:Servers", ""));

        Assert.False((await application.Client.GetAsync("real")).Found);
        Assert.Single(application.Log.Lines, line => line.Id == 1301);
    }

    private static string Name(RealMemcachedServer server) => string.Create(CultureInfo.InvariantCulture, $"{server.Host}:{server.Port}");

    private static Dictionary<string, string?> Settings(RealMemcachedServer server, params (string Key, string? Value)[] more)
    {
        // A machine that is busy is no outage.
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Cache:Servers"] = Name(server), ["Cache:Timeout"] = "20", ["Cache:ConnectTimeout"] = "20" };
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return settings;
    }
}
