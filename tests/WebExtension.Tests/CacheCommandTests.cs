using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
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
    public async Task Help_names_every_command()
    {
        var (exit, help) = await RunAsync(["--help"]);

        Assert.Equal(0, exit);
        Assert.All((string[])["read", "set", "update", "remove", "clear", "keys", "stats"], command => Assert.Contains(command, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Required command")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("key", "read", "--customer", "Alder Savings")]
    [InlineData("value", "set", "a", "--customer", "Alder Savings")]
    [InlineData("needs a customer", "read", "a")]
    [InlineData("level is stack, session or service", "read", "a", "--level", "foo")]
    [InlineData("level is stack, session or service", "read", "a", "--level", "7")]
    [InlineData("level is stack, session or service", "read", "a", "--level", "stack,session")]
    [InlineData("not JSON", "set", "a", "{", "--json", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "abc", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "-1", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "0", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "1e300", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "1e-300", "--customer", "Alder Savings")]
    [InlineData("number of seconds", "set", "a", "b", "--for", "NaN", "--customer", "Alder Savings")]
    public async Task A_command_that_is_not_complete_says_why_and_ends_with_2(string reason, params string[] args)
    {
        var (exit, text) = await RunAsync(args);

        Assert.Equal(2, exit);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_cache_configured_it_says_so_and_ends_with_2()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.Sources.Clear();
        builder.Services.AddMemcachedScopedCache();
        await using var app = builder.Build();
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(2, await CacheCommand.TryRunAsync(["cache", "stats"], app.Services, new InvocationConfiguration { Output = output, Error = error }));
        Assert.Equal("", output.ToString());
        Assert.Contains("No cache server is configured", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", "a")]
    [InlineData("set", "a", "b")]
    [InlineData("update", "a", "b")]
    [InlineData("remove", "a")]
    [InlineData("clear")]
    public async Task A_cache_that_cannot_be_reached_is_said_and_ends_with_3(params string[] args)
    {
        using var nobody = new RefusingPort();
        await using var away = new Sample(("CACHE_HOST", "127.0.0.1"), ("CACHE_PORT", nobody.Number.ToString(CultureInfo.InvariantCulture)));

        var (exit, output, error) = await RunAsync(away, [.. args, "--customer", "Alder Savings"]);

        Assert.Equal((3, ""), (exit, output));
        Assert.DoesNotContain("embedded", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_embedded_cache_of_the_commands_own_is_said_to_be_one()
    {
        foreach (var args in (string[][])[["set", "a", "b"], ["read", "a"], ["update", "a", "c"], ["remove", "a"], ["clear"]])
        {
            var (_, output, error) = await RunAsync(_sample, [.. args, "--customer", "Alder Savings"]);
            Assert.Contains("its own embedded cache", error, StringComparison.Ordinal);
            Assert.Contains("CACHE_HOST", error, StringComparison.Ordinal);
            Assert.Contains("Cache:LocalPath", error, StringComparison.Ordinal);
            Assert.DoesNotContain("embedded", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task With_a_file_of_its_own_the_embedded_cache_outlives_the_command()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(folder.FullName, "cache");
            (string, string)[] settings = [("Cache:LocalPath", file), ("DataProtection:KeysFolder", folder.FullName)];
            string[] scope = ["--customer", "Alder Savings"];
            await using (var first = new Sample(settings))
            {
                Assert.Equal((0, "Stored.", ""), await RunAsync(first, ["set", "greeting", "hello", .. scope]));
            }

            await LetGoAsync(file);
            await using (var second = new Sample(settings))
            {
                Assert.Equal((0, "hello", ""), await RunAsync(second, ["read", "greeting", .. scope]));
            }

            await LetGoAsync(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public ValueTask DisposeAsync() => _sample.DisposeAsync();

    /// <summary>The application has written its file for the last time: a host that is disposed may still be ending on the thread that ran it.</summary>
    private static async Task LetGoAsync(string file)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await using var turn = new FileStream(file + ".lock", FileMode.Open, FileAccess.Write, FileShare.None);
                return;
            }
            catch (IOException)
            {
                await Task.Delay(10, patience.Token);
            }
        }
    }

    private IScopedCache Caches(string? customer) => _sample.Services.GetRequiredService<IScopedCacheFactory>().Create(customer, "Ana", "1");

    /// <summary>What was answered: on standard output when it was done, else on standard error.</summary>
    private async Task<(int Exit, string Text)> RunAsync(string[] args)
    {
        var (exit, output, error) = await RunAsync(_sample, args);
        return (exit, exit == 0 ? output : error.Split(Environment.NewLine + "This command uses its own embedded cache")[0]);
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(Sample sample, string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await CacheCommand.TryRunAsync(["cache", .. args], sample.Services, new InvocationConfiguration { Output = output, Error = error });
        return (Assert.NotNull(exit), output.ToString().Trim(), error.ToString().Trim());
    }
}
