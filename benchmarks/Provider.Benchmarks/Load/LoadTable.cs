namespace Provider.Benchmarks.Load;

/// <summary>The figures as a Markdown table.</summary>
internal static class LoadTable
{
    public static void Print(IReadOnlyCollection<Row> rows)
    {
        Console.WriteLine("| load | ops/s | × raw 1 × 64 | p50 µs | p99 µs | B/op | CPU µs/op |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var row in rows)
        {
            var baseline = rows.Single(other => string.Equals(other.Name, row.Baseline, StringComparison.Ordinal));

            // A ratio is taken within a run, and then the median of the runs.
            var ratio = Median(row.Runs.Zip(baseline.Runs, static (own, raw) => own.OperationsPerSecond / raw.OperationsPerSecond));
            Console.WriteLine(
                $"| {row.Name} | {Of(row, static run => run.OperationsPerSecond):N0} | {ratio:0.00} | {Of(row, static run => run.P50):N0} | {Of(row, static run => run.P99):N0} "
                + $"| {Of(row, static run => run.BytesPerOperation):N0} | {Of(row, static run => run.CpuPerOperation):0.00} |");
        }
    }

    public static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Of(Row row, Func<Figures, double> figure) => Median(row.Runs.Select(figure));
}
