using System.Reflection;
using Generator.Tests.Doubles;
using ScopedCaching;

namespace Generator.Tests;

/// <summary>Two builds of one function on one memcached, as in a rolling deploy.</summary>
public sealed class VersionTests : IDisposable
{
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task Entries_of_another_body_are_misses()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"));

        Assert.Equal("a1", await before("get"));
        Assert.Equal("b1", await after("get"));
    }

    [Fact]
    public async Task Builds_that_run_side_by_side_keep_their_own_entries()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("a1", await before("get"));
            Assert.Equal("b1", await after("get"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clearing_reaches_the_entries_of_both(bool byTheFirst)
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"));
        await before("get");
        await after("get");
        await (byTheFirst ? before : after)("clear");

        Assert.Equal("a2", await before("get"));
        Assert.Equal("b2", await after("get"));
        Assert.Equal("a2", await before("try"));
        Assert.Equal("b2", await after("try"));
    }

    [Fact]
    public async Task Clearing_reaches_three_builds_and_results_of_another_shape()
    {
        var builds = new[] { await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"), await BuildAsync("++s_calls", "int") };
        foreach (var build in builds)
        {
            await build("get");
        }

        await builds[2]("clear");

        Assert.Equal("nothing", await builds[0]("try"));
        Assert.Equal("nothing", await builds[1]("try"));
        Assert.Equal("nothing", await builds[2]("try"));
        Assert.Equal("2", await builds[2]("get"));
        Assert.Equal("a2", await builds[0]("get"));
    }

    [Fact]
    public async Task What_one_build_stores_on_purpose_takes_the_place_of_what_the_other_had()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"));
        await before("get");
        await after("get");
        Assert.Equal("b2", await after("refresh"));

        Assert.Equal("b2", await after("get"));
        Assert.Equal("a2", await before("get"));
    }

    [Fact]
    public async Task A_build_reads_what_the_other_is_not_shown()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls"));
        await before("get");

        Assert.Equal("nothing", await after("try"));
        await after("get");
        Assert.Equal("b1", await after("try"));
        Assert.Equal("a1", await before("try"));
    }

    [Fact]
    public async Task Whitespace_and_comments_do_not_make_a_version()
    {
        var (one, other) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("/* why */ \"a\"\n    +   ++s_calls // so\n"));

        await one("get");
        Assert.Equal("a2", await one("refresh"));
        Assert.Equal("a2", await other("get"));
    }

    [Fact]
    public async Task Builds_that_share_a_process_and_its_memory_do_not_read_each_others_values()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls", local: true), await BuildAsync("\"b\" + ++s_calls", local: true));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("a1", await before("get"));
            Assert.Equal("b1", await after("get"));
        }
    }

    [Fact]
    public async Task A_version_that_is_given_counts_instead_of_the_body()
    {
        var first = await BuildAsync("\"a\" + ++s_calls", version: "1");
        var same = await BuildAsync("\"b\" + ++s_calls", version: "1");
        var next = await BuildAsync("\"b\" + ++s_calls", version: "2");

        Assert.Equal("a1", await first("get"));
        Assert.Equal("a1", await same("get"));
        Assert.Equal("b1", await next("get"));
    }

    [Fact]
    public async Task The_key_is_the_same_in_every_build_and_names_no_version()
    {
        var (before, after) = (await BuildAsync("\"a\" + ++s_calls"), await BuildAsync("\"b\" + ++s_calls", version: "7"));

        Assert.Equal(await before("key"), await after("key"));
        Assert.StartsWith("Host.GetAsync~", await before("key"), StringComparison.Ordinal);
    }

    private async Task<Func<string, Task<string>>> BuildAsync(string body, string result = "string", string? version = null, bool local = false)
    {
        var compiled = await Compiled.CleanAsync(
            $$"""
            public partial class Host(IScopedCache caches)
            {
                private static int s_calls;
                private static readonly CachePolicy s_policy = CachePolicy.Default with { LocalFor = {{(local ? "TimeSpan.FromMinutes(1)" : "null")}} };
                [Cached(Seconds = 600, Policy = nameof(s_policy){{(version is null ? "" : $", Version = \"{version}\"")}})] public partial Task<{{result}}> GetAsync(int id);
                private Task<{{result}}> GetUncachedAsync(int id) => Task.FromResult({{body}});
            }
            public static class Program
            {
                public static async Task<string> Run(IScopedCache caches, string what)
                {
                    var host = new Host(caches);
                    switch (what)
                    {
                        case "get": return $"{await host.GetAsync(1)}";
                        case "refresh": return $"{await host.GetCache.RefreshAsync(1)}";
                        case "clear": return $"{await host.GetCache.ClearAsync(1)}";
                        case "key": return host.GetCache.KeyFor(1);
                        default: return await host.GetCache.TryGetAsync(1) is { Found: true, Value: var value } ? $"{value}" : "nothing";
                    }
                }
            }
            """);
        var run = compiled.Load().GetType("Program", throwOnError: true)!.GetMethod("Run", BindingFlags.Public | BindingFlags.Static)!;
        return what => (Task<string>)run.Invoke(null, [_caches, what])!;
    }
}
