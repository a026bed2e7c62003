using System.Collections.Concurrent;
using System.Diagnostics;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Client;

/// <summary>A real server goes and comes back while callers ask it without pause.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private const int Callers = 8;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    // What a busy machine may add to what the client promises.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(8);

    private readonly ConcurrentQueue<TimeSpan> _durations = new();
    private readonly CancellationTokenSource _stop = new();
    private RealMemcachedServer _server = null!;
    private TestClient _client = null!;
    private Task[] _callers = [];
    private int _answered;
    private int _failed;

    public async ValueTask InitializeAsync()
    {
        _server = await RealMemcachedServer.StartAsync();
        _client = new TestClient(new SocketTransport(_server.Host, _server.Port, Timeout), limits: TestClient.Limits(Timeout));
        _callers = [.. Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync($"key{number}")))];
        await Eventually.TrueAsync(() => Volatile.Read(ref _answered) > 100);
    }

    [Fact]
    public async Task A_killed_server_fails_calls_within_the_timeout_and_serves_again_soon_after_its_return()
    {
        for (var outage = 0; outage < 3; outage++)
        {
            var failed = Volatile.Read(ref _failed);
            _server.Kill();
            await Eventually.TrueAsync(() => Volatile.Read(ref _failed) > failed + Callers);
            await Task.Delay(300 * outage);

            await _server.RestartAsync();
            Assert.InRange(await ServiceResumesAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(1) + Slack);
        }

        await FinishAsync();
    }

    [Fact]
    public async Task A_stopped_server_fails_calls_within_the_timeout_and_serves_again_when_it_goes_on()
    {
        _server.Pause();
        var failed = Volatile.Read(ref _failed);
        await Eventually.TrueAsync(() => Volatile.Read(ref _failed) > failed + (3 * Callers));
        _server.Resume();

        Assert.InRange(await ServiceResumesAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(1) + Slack);
        await FinishAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _client.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<TimeSpan> ServiceResumesAsync()
    {
        var waiting = Stopwatch.StartNew();
        var answered = Volatile.Read(ref _answered);
        await Eventually.TrueAsync(() => Volatile.Read(ref _answered) > answered + 100);
        return waiting.Elapsed;
    }

    private async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers).InTime();
        Assert.InRange(_durations.Max(), TimeSpan.Zero, Timeout + Slack);
    }

    private async Task CallAsync(string key)
    {
        var value = System.Text.Encoding.ASCII.GetBytes(key);
        for (var writes = true; !_stop.IsCancellationRequested; writes = !writes)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                if (writes)
                {
                    Assert.True(await _client.Verbs.SetAsync(key, value));
                }
                else
                {
                    var item = await _client.Verbs.GetAsync(key);
                    Assert.True(!item.Found || item.Value.AsSpan().SequenceEqual(value));
                }

                _durations.Enqueue(Stopwatch.GetElapsedTime(start));
                Interlocked.Increment(ref _answered);
            }
            catch (MemcachedException)
            {
                _durations.Enqueue(Stopwatch.GetElapsedTime(start));
                Interlocked.Increment(ref _failed);

                // While callers fail at once they would only burn the processor.
                await Task.Delay(5);
            }
        }
    }
}
