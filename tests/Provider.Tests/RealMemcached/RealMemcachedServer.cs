using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Provider.Tests.RealMemcached;

/// <summary>
/// A real memcached of this machine, on a free loopback port (or a Unix socket), for as long as a test wants it.
/// <code>await using var server = await RealMemcachedServer.StartAsync("-m", "16");</code>
/// </summary>
public sealed class RealMemcachedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string[] _arguments;
    private readonly DirectoryInfo? _socketFolder;
    private Process _process;

    private RealMemcachedServer(Process process, int port, DirectoryInfo? socketFolder, string[] arguments)
    {
        _process = process;
        _arguments = arguments;
        _socketFolder = socketFolder;
        Port = port;
    }

    public string Host => "127.0.0.1";

    /// <summary>The TCP port, or 0 when the server listens on a Unix socket.</summary>
    public int Port { get; }

    /// <summary>The Unix socket's path, or null when the server listens on TCP.</summary>
    public string? SocketPath => _socketFolder is null ? null : Path.Combine(_socketFolder.FullName, "memcached.sock");

    public EndPoint EndPoint => SocketPath is { } path ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, Port);

    public int ProcessId => _process.Id;

    /// <summary>Starts memcached on a free loopback port, with further command-line arguments as given.</summary>
    public static async Task<RealMemcachedServer> StartAsync(params string[] args)
    {
        // The free port can be taken by another process before memcached binds it: then another one is tried.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var server = new RealMemcachedServer(Launch(port, null, args), port, null, args);
            try
            {
                await server.WaitUntilItAcceptsAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts memcached on a Unix socket in a temporary folder of its own.</summary>
    public static async Task<RealMemcachedServer> StartOnUnixSocketAsync(params string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("memcached-");
        var process = Launch(0, Path.Combine(folder.FullName, "memcached.sock"), args);
        var server = new RealMemcachedServer(process, 0, folder, args);
        try
        {
            await server.WaitUntilItAcceptsAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a plain socket to the server.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = NewSocket(EndPoint);
        try
        {
            await socket.ConnectAsync(EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Ends the process at once, as a crash does.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>Stops the process where it is: it holds its connections and answers nothing.</summary>
    public void Pause()
    {
        Signal("STOP");

        // Each of its threads stops when it is its turn to run.
        var threads = Directory.GetDirectories($"/proc/{ProcessId}/task");
        SpinWait.SpinUntil(() => threads.All(static thread => File.ReadAllText(Path.Combine(thread, "stat")).Contains(") T ", StringComparison.Ordinal)), Patience);
    }

    /// <summary>Lets a paused process go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Kills the process if it still runs, and starts an empty one on the same port or socket.</summary>
    public async Task RestartAsync()
    {
        Kill();
        _process.Dispose();
        _process = Launch(Port, SocketPath, _arguments);
        await WaitUntilItAcceptsAsync();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        _process.Dispose();
        _socketFolder?.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static Process Launch(int port, string? socketPath, string[] args)
    {
        var start = new ProcessStartInfo(Locate()) { RedirectStandardError = true, UseShellExecute = false };
        string[] where = socketPath is null
            ? ["-l", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "0"]
            : ["-s", socketPath];
        string[] user = string.Equals(Environment.UserName, "root", StringComparison.Ordinal) ? ["-u", "root"] : [];
        foreach (var argument in (IEnumerable<string>)[.. user, .. where, .. args])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("memcached did not start.");
        // Read, so that a full pipe never blocks the server.
        process.BeginErrorReadLine();
        return process;
    }

    private static string Locate()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, "memcached")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "These tests talk to a real memcached, and none is on PATH. Install it: apt-get install memcached");
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static Socket NewSocket(EndPoint endPoint) => endPoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private async Task WaitUntilItAcceptsAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"memcached ended at once, with exit code {_process.ExitCode}.");
            }

            try
            {
                (await ConnectAsync()).Dispose();
                return;
            }
            catch (SocketException) when (waiting.Elapsed < Patience)
            {
                await Task.Delay(10);
            }
        }
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
