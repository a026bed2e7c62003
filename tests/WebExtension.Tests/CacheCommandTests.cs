using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using WebExtension.Commands;

namespace WebExtension.Tests;

/// <summary>The cache from a command line.</summary>
public sealed class CacheCommandTests : IAsyncDisposable
{
    private readonly Sample _sample = new();

    [Fact]
    public async Task What_is_no_command_for_the_cache_is_left_alone()
    {
        Assert.Null(await CacheCommand.TryRunAsync([], _sample.Services));
        Assert.Null(await CacheCommand.TryRunAsync(["--urls", "http://localhost:5080"], _sample.Services));
    }

    [Fact]
    public async Task A_value_is_set_read_updated_and_removed_in_its_customers_scope()
    {
        string[] scope = ["--customer", "Alder Savings"];
        Assert.Equal((1, "There is no such entry."), await RunAsync(["read", "greeting", .. scope]));
        Assert.Equal(1, (await RunAsync(["update", "greeting", "early", .. scope])).Exit);
        Assert.Equal((0, "Stored."), await RunAsync(["set", "greeting", "hello", "--for", "60", .. scope]));
        Assert.Equal((0, "hello"), await RunAsync(["read", "greeting", .. scope]));
        Assert.Equal("hello", await Caches("Alder Savings").StackCache.GetAsync<string>("greeting"));
        Assert.Equal(1, (await RunAsync(["read", "greeting", "--customer", "Birch Mutual"])).Exit);
        Assert.Equal((0, "Stored."), await RunAsync(["update", "greeting", """{"text":"hi"}""", "--json", .. scope]));
        Assert.Equal((0, """{"text":"hi"}"""), await RunAsync(["read", "greeting", .. scope]));
        Assert.Equal((0, "Removed."), await RunAsync(["remove", "greeting", .. scope]));
        Assert.Equal(1, (await RunAsync(["remove", "greeting", .. scope])).Exit);
    }

    [Fact]
    public async Task Level_session_and_prefix_are_the_applications_own()
    {
        await Caches("Alder Savings").GetCache("drafts", StorageLevel.Session).SetAsync("transfer", "25.00", TimeSpan.FromMinutes(5));
        await Caches(null).ServiceCache.SetAsync("rates", new[] { 1.25 }, TimeSpan.FromMinutes(5));

        Assert.Equal((0, "25.00"), await RunAsync(["read", "transfer", "--level", "session", "--customer", "Alder Savings", "--user", "Ana", "--session", "1", "--prefix", "drafts"]));
        Assert.Equal((0, "[1.25]"), await RunAsync(["read", "rates", "--level", "service"]));
        Assert.Equal(2, (await RunAsync(["read", "transfer", "--level", "session", "--customer", "Alder Savings"])).Exit);
        Assert.Equal(2, (await RunAsync(["read", "greeting"])).Exit);
    }

    [Fact]
    public async Task A_scope_is_cleared_and_no_other()
    {
        await Caches("Alder Savings").StackCache.SetAsync("a", "1", TimeSpan.FromMinutes(5));
        await Caches("Birch Mutual").StackCache.SetAsync("a", "2", TimeSpan.FromMinutes(5));

        Assert.Equal((0, "Cleared."), await RunAsync(["clear", "--customer", "Alder Savings"]));

        Assert.Null(await Caches("Alder Savings").StackCache.GetAsync<string>("a"));
        Assert.Equal("2", await Caches("Birch Mutual").StackCache.GetAsync<string>("a"));
    }

    [Fact]
    public async Task Recent_keys_are_listed_without_naming_customers_or_obeying_control_characters()
    {
        await Caches("Alder Savings").StackCache.SetAsync("account:1", "1", TimeSpan.FromMinutes(5));
        await Caches("Alder Savings").StackCache.SetAsync("evil\u001b[2J", "1", TimeSpan.FromMinutes(5));

        var (exit, text) = await RunAsync(["keys"]);
        Assert.Equal(0, exit);
        Assert.Contains("account:1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Alder", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.Contains("Alder Savings", (await RunAsync(["keys", "--reveal"])).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", (await RunAsync(["keys", "--search", "ACCOUNT"])).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_of_the_server_are_shown() => Assert.Contains("embedded", (await RunAsync(["stats"])).Text, StringComparison.Ordinal);

    [Fact]
    public async Task Help_names_every_command_and_a_mistake_is_an_error()
    {
        var (_, help) = await RunAsync(["--help"]);
        Assert.All((string[])["read", "set", "update", "remove", "clear", "keys", "stats"], command => Assert.Contains(command, help, StringComparison.Ordinal));
        Assert.NotEqual(0, (await RunAsync(["read", "a"])).Exit);
        Assert.NotEqual(0, (await RunAsync(["read"])).Exit);
        Assert.NotEqual(0, (await RunAsync(["read", "a", "--level", "everything"])).Exit);
        Assert.Equal(2, (await RunAsync(["set", "a", "{", "--json", "--customer", "Alder Savings"])).Exit);
        Assert.Equal(2, (await RunAsync(["set", "a", "b", "--for", "-1", "--customer", "Alder Savings"])).Exit);
    }

    public ValueTask DisposeAsync() => _sample.DisposeAsync();

    private IScopedCache Caches(string? customer) => _sample.Services.GetRequiredService<IScopedCacheFactory>().Create(customer, "Ana", "1");

    private async Task<(int Exit, string Text)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        var exit = await CacheCommand.TryRunAsync(["cache", .. args], _sample.Services, new InvocationConfiguration { Output = output, Error = output });
        return (Assert.NotNull(exit), output.ToString().Trim());
    }
}
