using System.Runtime.InteropServices;

namespace Provider.Benchmarks.Load;

/// <summary>What the figures were made on.</summary>
internal static class Machine
{
    /// <summary>How many threads wanted a core lately, over 1, 5 and 15 minutes.</summary>
    public static string LoadAverage =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";

    public static void Describe(string server, string version)
    {
        Console.WriteLine(
            $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}, {server} ({version}).");
        Console.WriteLine($"Load average at the start: {LoadAverage}.");
        Console.WriteLine();
    }
}
