using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Telemetry;

public sealed class CacheMetricsTests : IDisposable
{
    private const string Factory = "scopedcaching.factory.duration";
    private const string LeaseWait = "scopedcaching.lease.wait.duration";

    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { LeaseTime = TimeSpan.FromSeconds(3), StaleFor = TimeSpan.FromMinutes(10) };

    private readonly Fleet _fleet = new();
    private readonly Gate _gate = new();

    [Fact]
    public async Task A_factory_is_timed_with_what_came_of_it()
    {
        using var measured = Measured(0, Factory);
        var cache = _fleet[0].Stack;

        // No sign of life is due while the clock is moved.
        var policy = s_policy with { LeaseTime = TimeSpan.FromMinutes(1) };

        await cache.GetOrCreateAsync("secret", token => Task.FromResult(Pass(TimeSpan.FromSeconds(2), "value")), policy);
        _fleet.Advance(TimeSpan.FromMinutes(11));
        await cache.GetOrCreateAsync("secret", token => Task.FromResult(Pass(TimeSpan.FromSeconds(1), "value")), policy);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await _fleet[0].Caches.ServiceCache.GetOrCreateAsync<string>("secret", static _ => throw new InvalidDataException("secret"), policy));
        await cache.GetOrCreateManyAsync(
            ["secret-2", "secret-3"], static (missing, _) => Task.FromResult<IReadOnlyDictionary<string, string>>(missing.ToDictionary(static key => key, StringComparer.Ordinal)), policy);

        Assert.Equal(
            [
                $"{Factory} 2 scopedcaching.level=stack scopedcaching.refresh=False",
                $"{Factory} 1 scopedcaching.level=stack scopedcaching.refresh=True",
                $"{Factory} 0 scopedcaching.level=service scopedcaching.refresh=False error.type=System.IO.InvalidDataException",
                $"{Factory} 0 scopedcaching.level=stack scopedcaching.refresh=False",
            ],
            measured.Take(),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_wait_for_another_process_is_timed_and_none_is_not()
    {
        using var measured = Measured(1, LeaseWait);
        using var own = Measured(0, LeaseWait);
        var winner = _fleet[0].Stack.GetOrCreateAsync("secret", Hold, s_policy).AsTask();
        await _gate.Reached;
        var other = _fleet[1].Stack.GetOrCreateAsync("secret", static _ => Task.FromResult("unused"), s_policy).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") >= 1);
        _fleet.Advance(TimeSpan.FromSeconds(1));
        _gate.Open();
        await winner;
        await _fleet.PassTimeAsync(other);

        var line = Assert.Single(measured.Take()).Split(' ', 3);
        Assert.Equal((LeaseWait, "scopedcaching.level=stack scopedcaching.outcome=answered"), (line[0], line[2]));
        Assert.InRange(double.Parse(line[1]), 1, 60);
        Assert.Empty(own.Take());
    }

    [Fact]
    public async Task A_lease_that_was_let_go_is_taken_over_and_who_gives_up_is_counted_too()
    {
        using var measured = Measured(1, LeaseWait);
        using var giveUp = new CancellationTokenSource();
        var winner = _fleet[0].Stack.GetOrCreateAsync<string>("secret", async token => throw new InvalidDataException(await Hold(token)), s_policy).AsTask();
        await _gate.Reached;
        var other = _fleet[1].Stack.GetOrCreateAsync("secret", static _ => Task.FromResult("other"), s_policy, giveUp.Token).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") >= 1 && _fleet.Clock.PendingTimers > 0);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        other = _fleet[1].Stack.GetOrCreateAsync("secret", static _ => Task.FromResult("other"), s_policy).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") >= 2);
        _gate.Open();
        await Assert.ThrowsAsync<InvalidDataException>(() => winner);
        Assert.Equal("other", await _fleet.PassTimeAsync(other));

        Assert.Equal(
            ["scopedcaching.level=stack scopedcaching.outcome=cancelled", "scopedcaching.level=stack scopedcaching.outcome=taken_over"],
            measured.Take().Select(static line => line.Split(' ', 3)[2]),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_processs_memory_can_be_observed()
    {
        using var observed = Measured(0, "scopedcaching.local.size", "scopedcaching.local.entries");
        Assert.Equal(["scopedcaching.local.size 0", "scopedcaching.local.entries 0"], observed.Observe(), StringComparer.Ordinal);

        await _fleet[0].Stack.GetOrCreateAsync("secret", static _ => Task.FromResult("value"), s_policy with { LocalFor = TimeSpan.FromMinutes(1) });

        Assert.Equal([$"scopedcaching.local.size {_fleet[0].Local.Bytes}", "scopedcaching.local.entries 1"], observed.Observe(), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_local_hit_allocates_nothing_whether_it_is_counted_or_not(bool isCounted)
    {
        var policy = s_policy with { LocalFor = TimeSpan.FromMinutes(5) };
        var cache = _fleet[0].Stack;
        await cache.SetAsync("key", "value", policy);
        await cache.GetOrCreateAsync("key", 0, static (_, _) => new ValueTask<string>("unused"), policy, CancellationToken.None);
        var (count, meters) = (0, _fleet[0].Services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (isCounted && instrument.Name is "scopedcaching.operations" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => count++);
        listener.Start();
        Hit(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Hit(1_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(isCounted ? 2_000 : 0, count);

        void Hit(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.True(cache.GetOrCreateAsync("key", 0, static (_, _) => new ValueTask<string>("unused"), policy, CancellationToken.None).IsCompletedSuccessfully);
            }
        }
    }

    public void Dispose() => _fleet.Dispose();

    private RecordedMeasurements Measured(int process, params string[] instruments) => new(_fleet[process].Services.GetRequiredService<IMeterFactory>(), instruments);

    private string Pass(TimeSpan time, string value)
    {
        _fleet.Clock.Advance(time);
        return value;
    }

    private async Task<string> Hold(CancellationToken cancellationToken)
    {
        await _gate.PassAsync();
        return "held";
    }
}
