using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Packages.Tests.Doubles;

/// <summary>The dotnet of these tests, started as a person at a terminal would.</summary>
public static class DotNet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // The tests may run in a program of their own as well as in dotnet; the runtime knows where it is.
    public static string Path { get; } = System.IO.Path.GetFullPath(
        System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>Runs a command of dotnet to its end, and returns what it printed. It fails with that if the command does.</summary>
    public static Task<string> RunAsync(string folder, params string[] arguments) => RunAsync(Command(Path, folder, [], arguments));

    /// <inheritdoc cref="RunAsync(string, string[])"/>
    public static async Task<string> RunAsync(ProcessStartInfo command)
    {
        using var process = Process.Start(command) ?? throw new InvalidOperationException($"{command.FileName} did not start.");
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var complaints = process.StandardError.ReadToEndAsync(patience.Token);
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token) + await complaints;
            await process.WaitForExitAsync(patience.Token);
            return process.ExitCode is 0 ? output : throw new InvalidOperationException($"{Line(command)} ended with {process.ExitCode}:\n{output}");
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Line(command)} took more than {Patience}.", late);
        }
    }

    /// <summary>A command that knows nothing of the build or the tests around it, nor of a cache that is configured on this machine.</summary>
    public static ProcessStartInfo Command(string program, string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        var command = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var name in command.Environment.Keys.Where(IsOfOthers).ToList())
        {
            command.Environment.Remove(name);
        }

        // Helpers that stay behind would keep the output open.
        command.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        command.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        command.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        command.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment)
        {
            command.Environment[name] = value;
        }

        return command;
    }

    private static bool IsOfOthers(string name) =>
        name is "DOTNET_ENVIRONMENT" or "DOTNET_URLS" or "DOTNET_STARTUP_HOOKS"
        || ((string[])["MSBUILD", "VSTEST_", "ASPNETCORE_", "CACHE_", "CONNECTIONSTRINGS_"]).Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string Line(ProcessStartInfo command) => $"{command.FileName} {string.Join(' ', command.ArgumentList)}";
}
