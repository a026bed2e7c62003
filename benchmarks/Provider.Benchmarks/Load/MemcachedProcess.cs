using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks.Load;

/// <summary>A memcached to load: one's own on a free loopback port, ended with this object, or one that runs already.</summary>
internal sealed class MemcachedProcess : IDisposable
{
    /// <summary>Two worker threads: as many as the machine the figures were made on has cores; one connection is served by one of them.</summary>
    public const string WorkerThreads = "2";

    private const int Attempts = 500;
    private readonly Process? _process;

    private MemcachedProcess(MemcachedEndpoint endPoint, Process? process) => (EndPoint, _process) = (endPoint, process);

    public MemcachedEndpoint EndPoint { get; }

    public string Description => _process is null ? "memcached given with --server" : $"memcached of its own, -t {WorkerThreads}, loopback TCP";

    public static MemcachedProcess StartOrUse(MemcachedEndpoint? given)
    {
        if (given is not null)
        {
            return new MemcachedProcess(given, process: null);
        }

        var port = FreePort();
        var start = new ProcessStartInfo("memcached") { UseShellExecute = false };
        string[] user = string.Equals(Environment.UserName, "root", StringComparison.Ordinal) ? ["-u", "root"] : [];
        string[] arguments = [.. user, "-l", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "0", "-m", "256", "-t", WorkerThreads];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var server = new MemcachedProcess(
            MemcachedEndpoint.Tcp("127.0.0.1", port),
            Process.Start(start) ?? throw new InvalidOperationException("memcached did not start. Install it (Debian: apt-get install memcached)."));
        server.WaitUntilItAccepts();
        return server;
    }

    public Socket Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(EndPoint.Host, EndPoint.Port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process?.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void WaitUntilItAccepts()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Connect().Dispose();
                return;
            }
            catch (SocketException) when (attempt < Attempts && !_process!.HasExited)
            {
                Thread.Sleep(10);
            }
        }
    }
}
