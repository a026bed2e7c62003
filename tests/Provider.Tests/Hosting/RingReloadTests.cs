using System.Collections.Concurrent;
using System.Globalization;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>Servers that are added and removed at run time, while callers ask without pause.</summary>
public sealed class RingReloadTests : IAsyncLifetime
{
    private const int Callers = 8;

    private readonly List<RealMemcachedServer> _servers = [];
    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly CancellationTokenSource _stop = new();
    private int _calls;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            _servers.Add(await RealMemcachedServer.StartAsync("-m", "16"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Dispose();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_server_added_or_removed_under_load_drops_no_call_and_moves_no_key_but_its_own()
    {
        using var application = new Application(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Cache:Servers"] = Names(3), ["Cache:OnFailure"] = "Throw", ["Cache:Timeout"] = "20",
        });
        var load = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(application, caller))).ToArray();
        string[] keys = [.. Enumerable.Range(0, 1000).Select(static number => string.Create(CultureInfo.InvariantCulture, $"key:{number}"))];
        await application.Client.SetManyAsync([.. keys.Select(static key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)new byte[1]))]);
        await SomeCallsAsync();
        var before = keys.ToDictionary(static key => key, key => application.Client.ServerOf(key), StringComparer.Ordinal);

        application.Change(("Cache:Servers", Names(4)));
        await SomeCallsAsync();
        var added = application.Client.Servers[3];
        var moved = keys.Where(key => !before[key].Equals(application.Client.ServerOf(key), StringComparison.Ordinal)).ToArray();
        Assert.InRange(moved.Length, 150, 350);
        Assert.All(moved, key => Assert.Equal(added, application.Client.ServerOf(key)));
        Assert.Equal(keys.Except(moved, StringComparer.Ordinal).Order(StringComparer.Ordinal), (await application.Client.GetManyAsync(keys)).Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);

        for (var i = 0; i < 10; i++)
        {
            application.Change(("Cache:Servers", Names(i % 2 == 0 ? 3 : 4)));
            await SomeCallsAsync();
        }

        application.Change(("Cache:Servers", Names(3)));
        Assert.Equal(1000, (await application.Client.GetManyAsync(keys)).Count);
        await _stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task When_one_of_three_servers_dies_under_load_the_others_answer_and_nothing_wrong_is_read()
    {
        using var application = new Application(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Cache:Servers"] = Names(3), ["Cache:Timeout"] = "1", ["Cache:OnDeadServer"] = "NextServer",
        });
        var load = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(application, caller))).ToArray();
        await SomeCallsAsync();

        _servers[1].Kill();
        await SomeCallsAsync();
        await SomeCallsAsync();
        await _servers[1].RestartAsync();
        await SomeCallsAsync();

        await _stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(_faults);
    }

    // Every caller has entries of its own, which only it writes: what it reads is what it wrote last, or nothing.
    private async Task CallAsync(Application application, int caller)
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 20).Select(number => Addresses.Scope().Entry($"{caller}:{number}"))];
        for (var round = 1; !_stop.IsCancellationRequested; round++)
        {
            try
            {
                await application.Sealed.WriteManyAsync([.. addresses.Select(address => KeyValuePair.Create(address, address.Key))], new EntryWrite());
                var entries = await application.Sealed.ReadManyAsync<string>(addresses);
                for (var i = 0; i < entries.Length; i++)
                {
                    Assert.True(entries[i].Outcome != ReadOutcome.Hit || addresses[i].Key.Equals(entries[i].Value, StringComparison.Ordinal), "Another entry's value.");
                }

                await application.Sealed.ReadAsync<string>(addresses[round % addresses.Length]);
                Interlocked.Increment(ref _calls);
            }
            catch (Exception fault)
            {
                _faults.Enqueue(fault);
            }
        }
    }

    private async Task SomeCallsAsync()
    {
        var before = Volatile.Read(ref _calls);
        await Eventually.TrueAsync(() => Volatile.Read(ref _calls) > before + 50);
    }

    private string Names(int count) => string.Join(',', _servers.Take(count).Select(static server => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.Port}")));
}
