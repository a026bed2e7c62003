using System.Diagnostics;
using Provider.Tests.Faults;

namespace Provider.Benchmarks.Soak;

/// <summary>Damaged replies for the client and damaged requests for the embedded server, on one thread each, as many as the time allows.</summary>
internal static class FuzzSoak
{
    private const int MostTold = 5;

    /// <returns>The exit code: 1 when any input did harm.</returns>
    public static async Task<int> RunAsync(int seed, TimeSpan time)
    {
        Console.WriteLine($"Seed {seed}.");
        var before = LiveMemory.Bytes();
        var replies = new FuzzedReplies(seed);
        var requests = new FuzzedRequests(seed, TimeProvider.System);
        var harm = await Task.WhenAll(
            Task.Factory.StartNew(() => Run("replies", replies.Run, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            Task.Factory.StartNew(() => Run("requests", requests.Run, time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Console.WriteLine($"replies: {replies.Values:N0} values reached whom they belonged to, {replies.Refusals:N0} inputs were refused");
        Console.WriteLine($"memory before and after: {before / 1024:N0} KB, {LiveMemory.Bytes() / 1024:N0} KB");
        return harm.Sum() > 0 ? 1 : 0;
    }

    private static int Run(string name, Func<string?> run, TimeSpan time)
    {
        var running = Stopwatch.StartNew();
        var (inputs, harm) = (0L, 0);
        for (; running.Elapsed < time; inputs++)
        {
            if (run() is { } wrong && ++harm <= MostTold)
            {
                Console.WriteLine($"{name}, input {inputs}: {wrong}");
            }
        }

        Console.WriteLine($"{name}: {inputs:N0} inputs, {harm} did harm");
        return harm;
    }
}
