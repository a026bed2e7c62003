using Provider.Benchmarks.Load;

namespace Provider.Benchmarks.Web;

/// <summary>The figures as a Markdown table.</summary>
internal static class WebTable
{
    public static void Print(IReadOnlyCollection<WebRow> rows, string baseline)
    {
        Console.WriteLine($"| page of 10 KB | requests/s | × {baseline} | p50 µs | p99 µs | B/request | CPU µs/request | of it the generator's |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var row in rows)
        {
            var other = rows.Single(other => string.Equals(other.Name, row.Baseline, StringComparison.Ordinal));

            // A ratio is taken within a run, and then the median of the runs. What the generator allocates is not the server's.
            var ratio = LoadTable.Median(row.Runs.Zip(other.Runs, static (own, its) => own.OperationsPerSecond / its.OperationsPerSecond));
            var bytes = LoadTable.Median(row.Runs.Zip(row.GeneratorRuns, static (run, generator) => run.BytesPerOperation - generator.Bytes));
            var generator = LoadTable.Median(row.GeneratorRuns.Select(static run => run.Cpu));
            Console.WriteLine(
                $"| {row.Name} | {Of(row, static run => run.OperationsPerSecond):N0} | {ratio:0.00} | {Of(row, static run => run.P50):N0} | {Of(row, static run => run.P99):N0} "
                + $"| {bytes:N0} | {Of(row, static run => run.CpuPerOperation):0.0} | {generator:0.0} |");
        }
    }

    private static double Of(WebRow row, Func<Figures, double> figure) => LoadTable.Median(row.Runs.Select(figure));
}
