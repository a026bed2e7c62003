using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Telemetry;

/// <summary>Alone, because whoever listens to spans listens to all that the process makes.</summary>
[Collection(nameof(Alone))]
public sealed class RequestSpanTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();
    private readonly EmbeddedMemcached _second = new();

    [Fact]
    public async Task A_request_is_a_client_span_below_its_callers_and_not_the_current_one()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);

        var get = process.Client.GetAsync("secret");
        Assert.Same(spans.Root, Activity.Current);
        await get;

        Assert.Same(spans.Root, Activity.Current);
        var span = Assert.Single(spans.Ended);
        Assert.Equal("[get cache-1] Client Unset db.system.name=memcached db.operation.name=get server.address=cache-1", RecordedSpans.Describe(span));
        Assert.Equal(spans.Root.SpanId, span.ParentSpanId);
        Assert.True(span.Duration > TimeSpan.Zero);
    }

    [Fact]
    public async Task What_goes_on_after_its_span_has_ended_stays_below_that_one()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var background = Task.Run(async () =>
        {
            await ended.Task;
            var (first, second) = (process.Client.GetAsync("secret"), process.Client.GetAsync("secret"));
            await first;
            await second;
        });

        spans.Root.Stop();
        ended.SetResult();
        await background;

        Assert.Equal([spans.Root.SpanId, spans.Root.SpanId], spans.Ended.Select(static span => span.ParentSpanId));
    }

    [Fact]
    public async Task A_request_that_fails_is_a_span_that_failed_without_a_word_of_what_happened()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);
        await process.Client.SetAsync("secret", "no number"u8.ToArray());

        await Assert.ThrowsAsync<MemcachedServerException>(async () => await process.Client.IncrementAsync("secret"));

        var failed = spans.Ended[^1];
        Assert.Equal(
            "[incr cache-1] Client Error db.system.name=memcached db.operation.name=incr server.address=cache-1 error.type=ScopedCaching.Memcached.MemcachedServerException",
            RecordedSpans.Describe(failed));
        Assert.Null(failed.StatusDescription);
        Assert.Empty(failed.Events);
    }

    [Fact]
    public async Task A_call_over_many_keys_is_one_span_with_their_number()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1"), MemcachedEndpoint.Of(_second, "cache-2")]);
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);

        await process.Client.GetManyAsync([.. Enumerable.Range(0, 100).Select(static i => $"secret:{i}")]);
        await process.Sealed.RemoveManyAsync([Addresses.Scope().Entry("secret:1"), Addresses.Scope().Entry("secret:2")]);

        Assert.Equal(
            [
                "[BATCH get] Client Unset db.system.name=memcached db.operation.name=BATCH get db.operation.batch.size=100",
                "[BATCH delete] Client Unset db.system.name=memcached db.operation.name=BATCH delete db.operation.batch.size=2",
            ],
            spans.Ended.Select(RecordedSpans.Describe),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_call_over_many_keys_none_of_which_was_answered_is_a_span_that_failed()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")], configure: static options => options.FailureThreshold = 1);
        EntryAddress[] addresses = [Addresses.Scope().Entry("secret:1"), Addresses.Scope().Entry("secret:2")];
        _server.Dispose();

        // Asked in vain, and then not at all: what nobody throws fails the span as well.
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);
        Assert.Equal(2, (await process.Client.SetManyAsync([new("secret:1", new byte[1]), new("secret:2", new byte[1])])).Count);
        Assert.All(await process.Sealed.ReadManyAsync<string>(addresses), static entry => Assert.Equal(ReadOutcome.Unavailable, entry.Outcome));

        const string Failed = "Client Error db.system.name=memcached db.operation.name=BATCH";
        const string Fault = "db.operation.batch.size=2 error.type=ScopedCaching.Memcached.MemcachedConnectionException";
        Assert.Equal([$"[BATCH set] {Failed} set {Fault}", $"[BATCH get] {Failed} get {Fault}"], spans.Ended.Select(RecordedSpans.Describe), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_throws_fails_its_own_request_and_no_other()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        await process.Client.GetAsync("key");
        using var throws = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is MemcachedTelemetry.ActivitySourceName,
            Sample = static (ref _) => throw new InvalidDataException("a listener's own"),
        };
        ActivitySource.AddActivityListener(throws);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await process.Client.SetAsync("key", new byte[1]));
        throws.Dispose();

        Assert.True((await process.Client.GetAsync("key").AsTask().InTime()).Found);
    }

    [Fact]
    public async Task A_read_of_an_entry_with_the_ids_it_depends_on_is_one_span()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        var address = Addresses.Scope().Entry("secret");
        await process.Fresh.WriteAsync(address, "value", new EntryWrite());
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);

        await process.Fresh.ReadAsync<string>(address);

        Assert.Equal("get cache-1", Assert.Single(spans.Ended).DisplayName);
    }

    [Fact]
    public async Task Nothing_that_spans_tell_holds_a_key_or_a_value()
    {
        using var process = CacheProcess.On([MemcachedEndpoint.Of(_server, "cache-1")]);
        using var spans = new RecordedSpans(MemcachedTelemetry.ActivitySourceName);
        var address = Addresses.Scope("secret-customer").Entry("secret-key");

        await process.Fresh.WriteAsync(address, "secret-value", new EntryWrite { Tags = EntryTags.Of("secret-tag") });
        await process.Fresh.ReadAsync<string>(address);
        await process.Fresh.ReadManyAsync<string>([address, Addresses.Scope("secret-customer").Entry("secret-2")]);
        await process.Fresh.RemoveByTagsAsync(Addresses.Scope("secret-customer"), EntryTags.Of("secret-tag"));
        await process.Client.RawAsync("mg secret-key");

        Assert.NotEmpty(spans.Ended);
        Assert.All(spans.Ended, static span => Assert.DoesNotContain("secret", RecordedSpans.Describe(span), StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _server.Dispose();
        _second.Dispose();
    }
}
