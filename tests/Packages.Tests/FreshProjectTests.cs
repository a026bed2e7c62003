using System.Globalization;
using System.Net;
using Packages.Tests.Doubles;

namespace Packages.Tests;

/// <summary>What somebody sees who installs the package and copies the README's quick start.</summary>
public sealed class FreshProjectTests(FreshProject project, PackedFeed feed) : IClassFixture<FreshProject>
{
    [Fact]
    public void The_quick_start_builds_as_it_stands_without_a_warning() => Assert.Contains(" 0 Warning(s)", project.Build, StringComparison.Ordinal);

    [Fact]
    public void What_runs_is_what_was_packed()
    {
        foreach (var id in (string[])[PackedFeed.Provider, PackedFeed.Middleware])
        {
            Assert.Equal(File.ReadAllBytes(feed.Assembly(id)), File.ReadAllBytes(Path.Combine(project.Folder, "bin", "Release", "net10.0", id + ".dll")));
        }
    }

    [Fact]
    public async Task The_second_request_is_answered_from_the_cache()
    {
        using var client = project.NewClient("acme");
        var before = (await SeenAsync(client)).Length;
        var first = await client.GetStringAsync("/time");
        var second = await client.GetStringAsync("/time");
        var seen = (await SeenAsync(client))[before..];

        Assert.Equal(first, second);
        Assert.Equal(2, seen.Length);
        Assert.All(seen, static entry => Assert.EndsWith(" encrypted", entry, StringComparison.Ordinal));
        // Stored by the first request and opened by the second: stored once more, it would end later.
        Assert.True(End(seen[1]) <= End(seen[0]), string.Join("; ", seen));
    }

    [Fact]
    public async Task Another_customer_has_an_answer_of_its_own_and_nobody_none()
    {
        using var birch = project.NewClient("birch");
        using var cedar = project.NewClient("cedar");
        using var nobody = project.NewClient(customer: null);
        using var refused = await nobody.GetAsync("/time");

        Assert.NotEqual(await birch.GetStringAsync("/time"), await cedar.GetStringAsync("/time"));
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Contains("o.Customer.FromClaim(", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_is_cached_by_the_generator_that_the_package_brings()
    {
        using var client = project.NewClient("dogwood");

        Assert.Equal("EUR 1", await client.GetStringAsync("/beside/rate"));
        Assert.Equal("EUR 1", await client.GetStringAsync("/beside/rate"));
    }

    private static DateTimeOffset End(string entry) => DateTimeOffset.Parse(entry.Split(' ')[0], CultureInfo.InvariantCulture);

    private static async Task<string[]> SeenAsync(HttpClient client) => (await client.GetStringAsync("/beside/seen")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
