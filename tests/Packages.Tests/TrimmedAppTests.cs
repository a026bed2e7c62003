using Packages.Tests.Doubles;
using Provider.Tests.RealMemcached;

namespace Packages.Tests;

/// <summary>A program published with everything trimmed that nothing calls, and without JSON by reflection, at work.</summary>
[Collection(nameof(OtherFolder))]
public sealed class TrimmedAppTests(PackedFeed feed, OtherFolder elsewhere)
{
    private static readonly string[] s_ways = ["get-or-create", "function", "hybrid", "response", "session", "distributed"];

    [Fact]
    public void It_is_published_without_a_warning()
    {
        Assert.DoesNotContain("warning IL", elsewhere.Publishing, StringComparison.Ordinal);
        // Trimmed indeed, and with what is needed to run beside it.
        foreach (var id in (string[])[PackedFeed.Provider, PackedFeed.Middleware])
        {
            Assert.InRange(new FileInfo(Path.Combine(elsewhere.Published, id + ".dll")).Length, 1, new FileInfo(feed.Assembly(id)).Length - 1);
        }

        Assert.True(File.Exists(Path.Combine(elsewhere.Published, "System.Private.CoreLib.dll")));
        Assert.Contains("\"System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault\": false", File.ReadAllText(Path.Combine(elsewhere.Published, "TrimmedApp.runtimeconfig.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_caches_on_a_real_memcached_and_a_later_process_finds_it_there()
    {
        const string account = """{"id":"1","balance":12.5,"postings":[{"day":"2026-05-01","amount":12.5}]}""";
        string[] after = ["health: Healthy", "inspector: 200 application/json"];
        await using var server = await RealMemcachedServer.StartAsync();
        var keys = Directory.CreateTempSubdirectory("keys-");
        try
        {
            string[] arguments = ["--urls=http://127.0.0.1:0", $"--Cache:Servers={server.Host}:{server.Port}", $"--Keys={keys.FullName}"];

            Assert.Equal(s_ways.Select(static way => $"{way}: loaded 1, {account}").Concat(after), Said(await elsewhere.RunAsync(arguments)));
            Assert.Equal(s_ways.Select(static way => $"{way}: loaded 0, {account}").Concat(after), Said(await elsewhere.RunAsync(arguments)));
        }
        finally
        {
            keys.Delete(recursive: true);
        }
    }

    // DataProtection warns that these keys are not protected at rest.
    private static IEnumerable<string> Said(string[] lines) => lines.Where(static line => !line.StartsWith("warn: Microsoft.AspNetCore.DataProtection", StringComparison.Ordinal) && !line.Contains("No XML encryptor", StringComparison.Ordinal));
}
