using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Telemetry;

public sealed class CacheMetricsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("reports", " scopedcaching.cache=reports")]
    public void Every_counter_says_which_cache_it_is_of_where_that_has_a_name(string cache, string tag)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var measured = new RecordedMeasurements(factory);
        var metrics = new CacheMetrics(factory, cache);

        metrics.Read(ReadOutcome.Stale);
        metrics.EntryUnopenable("tampered");
        metrics.EntryUnreadable();
        metrics.DataKeyCreated();
        metrics.DataKeyUnwrapped(succeeded: false);
        metrics.WriteDropped(2);
        metrics.RemovalUndelivered();
        metrics.RemovalForgotten();
        metrics.Fault(new MemcachedTimeoutException("secret"));
        metrics.Unreachable();
        metrics.TakenOver();

        string[] lines =
        [
            "scopedcaching.reads 1 scopedcaching.outcome=stale",
            "scopedcaching.envelope.unopenable 1 scopedcaching.reason=tampered",
            "scopedcaching.envelope.unreadable 1",
            "scopedcaching.data_key.created 1",
            "scopedcaching.data_key.unwrapped 1 scopedcaching.result=failure",
            "scopedcaching.writes.dropped 2",
            "scopedcaching.removals.undelivered 1",
            "scopedcaching.removals.forgotten 1",
            "scopedcaching.faults 1 error.type=ScopedCaching.Memcached.MemcachedTimeoutException",
            "scopedcaching.faults 1 error.type=ScopedCaching.Memcached.MemcachedConnectionException",
            "scopedcaching.fallback.taken_over 1",
        ];
        Assert.Equal(lines.Select(line => line + tag).Order(StringComparer.Ordinal), measured.Take().Select(Sorted).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>The cache's name last.</summary>
    private static string Sorted(string line) => line.Split(' ') is [var name, var value, .. var tags]
        ? string.Join(' ', [name, value, .. tags.OrderBy(static tag => tag.StartsWith("scopedcaching.cache=", StringComparison.Ordinal))])
        : line;
}
