using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Output;

/// <summary>The platform's own output caching, with its entries in our store.</summary>
public sealed class PlatformStoreTests : IDisposable
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private static readonly string[] s_keys =
        [" ", "a b\r\nc", "\u001e\u001f\0", "ключ 🗝", "\ud800", "MiXeD", "mixed", new string('k', 10_000), new string('k', 10_001)];

    private readonly Fleet _fleet = new(size: 0);
    private readonly List<ServiceProvider> _processes = [];

    [Fact]
    public async Task What_is_set_is_found_by_every_process()
    {
        var (one, other) = (Start(), Start());

        await one.SetAsync("key", "value"u8.ToArray(), tags: null, s_minute, default);

        Assert.Equal("value"u8.ToArray(), await one.GetAsync("key", default));
        Assert.Equal("value"u8.ToArray(), await other.GetAsync("key", default));
        Assert.Null(await one.GetAsync("other", default));
    }

    [Fact]
    public async Task Keys_of_any_length_and_content_are_apart()
    {
        var store = Start();
        for (byte i = 0; i < s_keys.Length; i++)
        {
            await store.SetAsync(s_keys[i], [i], tags: null, s_minute, default);
        }

        for (byte i = 0; i < s_keys.Length; i++)
        {
            Assert.Equal(i, (await store.GetAsync(s_keys[i], default))?.Single());
        }
    }

    [Fact]
    public async Task The_key_that_the_platform_makes_of_what_it_has_no_key_for_is_neither_looked_up_nor_stored()
    {
        var store = Start();

        await store.SetAsync("", [1], tags: null, s_minute, default);

        Assert.Null(await store.GetAsync("", default));
        Assert.False(await store.TryGetAsync("", new Pipe().Writer, default));
        Assert.Equal((0, 0), (_hooks!.Count("Write"), _hooks.Count("Read")));
    }

    [Fact]
    public async Task Addresses_with_the_platforms_delimiters_never_share_a_response()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseOutputCache();
                app.MapGet("/{**path}", output.Render).CacheOutput();
            },
            build: static builder => builder.Services.AddMemcachedOutputCache(),
            fleet: _fleet);

        Assert.NotEqual((await output.GetAsync("/a%1eb", "")).Body, (await output.GetAsync("/a%1fc", "")).Body, StringComparer.Ordinal);
        Assert.NotEqual((await output.GetAsync("/a?x=%1e", "")).Body, (await output.GetAsync("/a?x=%1f", "")).Body, StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_entry_ends_by_the_stores_own_clock()
    {
        var store = Start();
        await store.SetAsync("key", [1], tags: null, TimeSpan.FromSeconds(10), default);
        await store.SetAsync("none", [1], tags: null, TimeSpan.Zero, default);
        await store.SetAsync("long", [1], tags: null, TimeSpan.FromDays(60), default);

        _fleet.Advance(TimeSpan.FromSeconds(9));
        Assert.NotNull(await store.GetAsync("key", default));
        _fleet.Advance(TimeSpan.FromSeconds(2));

        Assert.Null(await store.GetAsync("key", default));
        Assert.Null(await store.GetAsync("none", default));
        _fleet.Advance(TimeSpan.FromDays(59));
        Assert.NotNull(await store.GetAsync("long", default));
    }

    [Fact]
    public async Task Entries_are_evicted_by_tag_in_every_process()
    {
        var (one, other) = (Start(), Start());
        var longTag = new string('t', 1000);
        await one.SetAsync("a", [1], ["news", longTag], s_minute, default);
        await one.SetAsync("b", [1], ["news", ""], s_minute, default);
        await one.SetAsync("c", [1], [longTag + "!"], s_minute, default);

        await other.EvictByTagAsync(longTag, default);
        Assert.Null(await one.GetAsync("a", default));
        Assert.NotNull(await one.GetAsync("b", default));
        Assert.NotNull(await one.GetAsync("c", default));
        await other.EvictByTagAsync("", default);

        Assert.Null(await one.GetAsync("b", default));
        Assert.NotNull(await one.GetAsync("c", default));
    }

    [Fact]
    public async Task An_entry_with_more_tags_than_can_be_kept_is_not_stored()
    {
        var store = Start();

        await store.SetAsync("key", [1], [.. Enumerable.Range(0, EntryTags.MostTags + 1).Select(static i => $"{i}")], s_minute, default);

        Assert.Null(await store.GetAsync("key", default));
    }

    [Fact]
    public async Task An_eviction_that_did_not_arrive_is_an_error()
    {
        var store = Start();
        _hooks!.Faults = static _ => Fault.BeforeItArrives;

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.EvictByTagAsync("news", default));
    }

    [Fact]
    public async Task Leased_memory_is_taken_and_given_in_pieces()
    {
        var store = Start();
        var leased = new byte[100];
        Array.Fill(leased, (byte)7);
        var first = new Segment(leased.AsMemory(0, 50));
        var sequence = new ReadOnlySequence<byte>(first, 0, first.Append(leased.AsMemory(50)), 50);
        var tags = new[] { "a", "b", "not one of them" };

        await store.SetAsync("key", sequence, tags.AsMemory(0, 2), s_minute, default);
        Array.Clear(leased);
        Array.Clear(tags);

        var pipe = new Pipe();
        Assert.True(await store.TryGetAsync("key", pipe.Writer, default));
        await pipe.Writer.CompleteAsync();
        Assert.Equal(Enumerable.Repeat((byte)7, 100), (await pipe.Reader.ReadAsync()).Buffer.ToArray());
        Assert.False(await store.TryGetAsync("other", new Pipe().Writer, default));
    }

    [Fact]
    public async Task What_is_too_large_is_left_out()
    {
        var store = Start();

        await store.SetAsync("key", new byte[2 << 20], tags: null, s_minute, default);

        Assert.Null(await store.GetAsync("key", default));
    }

    [Fact]
    public async Task A_reader_who_writes_into_what_it_got_changes_nobody_elses()
    {
        var store = Start(policy: CachePolicy.Local);
        await store.SetAsync("key", [1, 2, 3], tags: null, s_minute, default);

        for (var i = 0; i < 3; i++)
        {
            var mine = await store.GetAsync("key", default);
            Assert.Equal([1, 2, 3], mine);
            Array.Clear(mine!);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_takes_the_platforms_place_in_either_order_and_only_by_request(bool before)
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseOutputCache();
                app.MapGet("/page", output.Render).CacheOutput(static policy => policy.Tag("pages"));
            },
            build: builder => _ = before ? builder.Services.AddMemcachedOutputCache().AddOutputCache() : builder.Services.AddOutputCache().AddMemcachedOutputCache(),
            fleet: _fleet);
        await using var untouched = await OutputApp.StartAsync(static (_, _) => { }, build: static builder => builder.Services.AddOutputCache(), fleet: _fleet);

        var first = await output.GetAsync("/page", "");

        // The platform takes what it stored at this very instant of the system's clock for nothing.
        var stored = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync(() => TimeProvider.System.GetUtcNow() > stored);
        var second = await output.GetAsync("/page", "");
        Assert.Equal(first.Body, second.Body);
        await output.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("pages", default);
        Assert.NotEqual(first.Body, (await output.GetAsync("/page", "")).Body, StringComparer.Ordinal);

        Assert.Equal("MemoryOutputCacheStore", untouched.Services.GetRequiredService<IOutputCacheStore>().GetType().Name);
    }

    public void Dispose()
    {
        _processes.ForEach(static process => process.Dispose());
        _fleet.Dispose();
    }

    private HookedStore? _hooks;

    private IOutputCacheBufferStore Start(CachePolicy? policy = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        _hooks = _fleet.Register(services);
        services.AddMemcachedOutputCache(policy);
        var process = services.BuildServiceProvider();
        _processes.Add(process);
        return (IOutputCacheBufferStore)process.GetRequiredService<IOutputCacheStore>();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
