using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Fleet.Tests.Doubles;

/// <summary>A FleetNode that runs, and the orders it was given. tests/FleetNode/Program.cs has its language.</summary>
public sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, NodeOrder> _orders = new(StringComparer.Ordinal);
    private readonly StringBuilder _complaints = new();
    private int _lastId;

    private NodeProcess(Process process) => _process = process;

    /// <summary>Completes when the node takes orders.</summary>
    public Task Ready => _ready.Task;

    public static NodeProcess Start(string name, string server, string keyFolder)
    {
        var start = new ProcessStartInfo(DotNet()) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "FleetNode.dll"), name, server, keyFolder])
        {
            start.ArgumentList.Add(argument);
        }

        var node = new NodeProcess(Process.Start(start) ?? throw new InvalidOperationException("The node did not start."));
        node._process.ErrorDataReceived += (_, line) => node._complaints.AppendLine(line.Data);
        node._process.BeginErrorReadLine();
        _ = node.ListenAsync();
        return node;
    }

    /// <summary>Gives an order; the node works on any number of them at a time.</summary>
    public NodeOrder Give(string order)
    {
        var id = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        var given = new NodeOrder(order);
        _orders[id] = given;
        lock (_process)
        {
            _process.StandardInput.WriteLine($"{id} {order}");
            _process.StandardInput.Flush();
        }

        return given;
    }

    /// <summary>Ends the process at once, as <c>kill -9</c> does. Orders that are not done fail.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>Stops the process where it is: it holds its connections, and does nothing.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets a stopped process go on.</summary>
    public void Resume() => Signal("CONT");

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line is "ready")
            {
                _ready.SetResult();
                continue;
            }

            var words = line.Split(' ', 2);
            _orders[words[0]].Hear(words[1]);
        }

        var end = new InvalidOperationException($"The node has ended. {_complaints}");
        _ready.TrySetException(end);
        foreach (var order in _orders.Values)
        {
            order.Abandon(end);
        }
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    // The tests may run in a program of their own as well as in dotnet; the runtime knows where it is.
    private static string DotNet() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
