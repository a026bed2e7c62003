using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Telemetry;

/// <summary>Alone, because whoever listens to spans listens to all that the process makes.</summary>
[Collection("Alone")]
public sealed class CacheSpanTests : IDisposable
{
    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(10)) with { LeaseTime = TimeSpan.FromSeconds(3) };

    private readonly Fleet _fleet = new();

    private ICache Cache => _fleet[0].Stack;

    [Fact]
    public async Task A_value_that_is_created_is_a_span_with_the_factory_and_what_was_asked_of_memcached_below_it()
    {
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName, MemcachedTelemetry.ActivitySourceName);

        await Cache.GetOrCreateAsync("secret-key", static _ => Task.FromResult("secret-value"), s_policy);

        Assert.Same(spans.Root, Activity.Current);
        var whole = spans.Ended[^1];
        Assert.Equal(
            "[get_or_create stack] Internal Unset scopedcaching.operation=get_or_create scopedcaching.level=stack scopedcaching.outcome=miss scopedcaching.tier=none",
            RecordedSpans.Describe(whole));
        Assert.Equal(spans.Root.SpanId, whole.ParentSpanId);
        Assert.Equal(
            "[factory stack] Internal Unset scopedcaching.operation=factory scopedcaching.level=stack scopedcaching.refresh=False",
            RecordedSpans.Describe(spans.Ended.Single(static span => span.DisplayName is "factory stack")));
        Assert.All(spans.Ended[..^1], span => Assert.Equal(whole.SpanId, span.ParentSpanId));
        Assert.Contains(spans.Ended, static span => span.DisplayName is "lease embedded");
        Assert.All(spans.Ended, static span => Assert.DoesNotContain("secret", RecordedSpans.Describe(span), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hit_in_the_shared_cache_is_a_span_and_one_in_this_processs_memory_is_none(bool isCounted)
    {
        // Who counts hits takes another way to this process's memory than who does not.
        using var counted = new RecordedMeasurements(_fleet[0].Services.GetRequiredService<IMeterFactory>(), isCounted ? "scopedcaching.operations" : "none");
        var local = s_policy with { LocalFor = TimeSpan.FromMinutes(1) };
        await _fleet[1].Stack.SetAsync("key", "value", local);
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName);

        await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), local);
        await Cache.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), local);

        Assert.Equal(
            "[get_or_create stack] Internal Unset scopedcaching.operation=get_or_create scopedcaching.level=stack scopedcaching.outcome=hit scopedcaching.tier=shared",
            RecordedSpans.Describe(Assert.Single(spans.Ended)));
        Assert.Equal(isCounted ? 2 : 0, counted.Take().Length);
    }

    [Fact]
    public async Task A_factory_that_fails_fails_its_span_and_the_one_above_by_its_type_alone()
    {
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName);

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
            await Cache.GetOrCreateAsync<string>("key", static _ => throw new InvalidDataException("secret"), s_policy));

        Assert.Equal(2, spans.Ended.Length);
        Assert.All(spans.Ended, static span =>
        {
            Assert.Equal((ActivityStatusCode.Error, null, "System.IO.InvalidDataException"), (span.Status, span.StatusDescription, span.GetTagItem("error.type")));
            Assert.Empty(span.Events);
        });
        Assert.Equal("failed", spans.Ended[1].GetTagItem("scopedcaching.outcome"));
    }

    [Fact]
    public async Task What_a_factory_asks_of_caches_stands_below_the_factory()
    {
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName);

        await Cache.GetOrCreateAsync(
            "outer", async _ => await Cache.GetOrCreateAsync("inner", static _ => Task.FromResult("value"), s_policy) + await Cache.GetOrCreateAsync("inner", static _ => Task.FromResult("unused"), s_policy), s_policy);

        var (inner, again, outer) = (spans.Ended[1], spans.Ended[2], spans.Ended[3]);
        Assert.Equal(["factory stack", "get_or_create stack", "get_or_create stack", "factory stack", "get_or_create stack"], spans.Ended.Select(static span => span.DisplayName), StringComparer.Ordinal);
        Assert.Equal([outer.SpanId, outer.SpanId], [inner.ParentSpanId, again.ParentSpanId]);
        Assert.Equal(["miss", "hit", "miss"], [inner.GetTagItem("scopedcaching.outcome"), again.GetTagItem("scopedcaching.outcome"), spans.Ended[4].GetTagItem("scopedcaching.outcome")]);
        Assert.Equal(["none", "shared", "none"], [inner.GetTagItem("scopedcaching.tier"), again.GetTagItem("scopedcaching.tier"), spans.Ended[4].GetTagItem("scopedcaching.tier")]);
    }

    [Fact]
    public async Task Who_waits_for_a_factory_says_for_whose()
    {
        var gate = new Gate();
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName);
        var leads = _fleet[0].Stack.GetOrCreateAsync("key", async _ => { await gate.PassAsync(); return "value"; }, s_policy).AsTask();
        await gate.Reached;
        var follows = _fleet[0].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), s_policy).AsTask();
        await _fleet[0].JoinedAsync(followers: 1);
        var elsewhere = _fleet[1].Stack.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), s_policy).AsTask();
        await Eventually.TrueAsync(() => _fleet[1].Store.Count("ReadOrLease") >= 1);
        gate.Open();
        await leads;
        await follows;
        await _fleet.PassTimeAsync(elsewhere);

        Assert.Equal(
            [null, "another_process", "this_process"],
            spans.Ended.Where(static span => span.DisplayName is "get_or_create stack").Select(static span => (string?)span.GetTagItem("scopedcaching.waited_for")).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Single(spans.Ended, static span => span.DisplayName is "factory stack");
    }

    [Fact]
    public async Task Many_keys_are_one_span_with_one_factory()
    {
        using var spans = new RecordedSpans(ScopedCacheTelemetry.ActivitySourceName);

        await Cache.GetOrCreateManyAsync(
            ["a", "b", "c"], static (missing, _) => Task.FromResult<IReadOnlyDictionary<string, string>>(missing.ToDictionary(static key => key, StringComparer.Ordinal)), s_policy);

        Assert.Equal(
            [
                "[factory stack] Internal Unset scopedcaching.operation=factory scopedcaching.level=stack scopedcaching.refresh=False",
                "[get_or_create_many stack] Internal Unset scopedcaching.operation=get_or_create_many scopedcaching.level=stack scopedcaching.keys=3",
            ],
            spans.Ended.Select(RecordedSpans.Describe),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_is_asked_for_ever_after_does_not_stand_below_who_came_first()
    {
        using var server = new EmbeddedMemcached();
        await using var process = new ServiceCollection().AddLogging().AddMemcachedScopedCache(static options => options.GenerationPoll = true).UseEmbeddedMemcached(server).WithPatience().BuildServiceProvider();
        var elsewhere = new ConcurrentQueue<Activity>();
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is MemcachedTelemetry.ActivitySourceName,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = elsewhere.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var cache = process.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;
        await cache.SetAsync("key", "value", CachePolicy.Local);
        await cache.GetOrCreateAsync("key", static _ => Task.FromResult("unused"), CachePolicy.Local);
        var (own, all) = (spans.Ended.Length, elsewhere.Count);

        // Whether what is kept in this process's memory is still valid is asked again and again.
        await Eventually.TrueAsync(() => elsewhere.Count >= all + 2);

        Assert.Equal(own, spans.Ended.Length);
    }

    public void Dispose() => _fleet.Dispose();
}
