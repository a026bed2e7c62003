using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Provider.Benchmarks.Load;

namespace Provider.Benchmarks.Web;

/// <summary>Whole responses: requests a second over Kestrel and real loopback sockets, all rows by turns, several times over; then the medians.</summary>
internal static class WebCommand
{
    private const int DefaultRuns = 5;
    private const int Connections = 32;
    private const string InMemory = "ASP.NET Core's output cache, in memory";
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_life = TimeSpan.FromHours(1);

    public static async Task RunAsync(Arguments arguments)
    {
        await using var uncached = await Site.StartAsync();
        await using var inMemory = await Site.StartAsync(
            static services => services.AddOutputCache(),
            static app => app.UseOutputCache(),
            static endpoint => endpoint.CacheOutput(static policy => policy.Expire(s_life)));

        List<WebRow> rows =
        [
            new("not cached", InMemory, uncached, isCached: false, Connections),
            new(InMemory, InMemory, inMemory, isCached: true, Connections),
        ];
        Machine.Describe("Kestrel", $"HTTP/1.1, {Connections} keep-alive connections");
        foreach (var row in rows)
        {
            row.Fill();
            await row.RunAsync(s_warmUp);
            row.GeneratorRuns.Clear();
        }

        for (var run = 0; run < (arguments.Runs ?? DefaultRuns); run++)
        {
            foreach (var row in rows)
            {
                row.Runs.Add(await row.RunAsync(arguments.Duration));
            }

            await Console.Error.WriteLineAsync($"run {run + 1} done, load average {Machine.LoadAverage}");
        }

        WebTable.Print(rows, "in memory");
        rows.ForEach(static row => row.Dispose());
    }
}
