using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Provider.Benchmarks.Load;

namespace Provider.Benchmarks.Web;

/// <summary>
/// Keep-alive connections to a site, each with one request at a time. One thread with blocking sockets serves all of them: it goes round, takes a
/// connection's answer and sends its next request. So the generator neither waits nor switches while answers are there, and allocates nothing.
/// </summary>
internal sealed class WebRow : Row
{
    private readonly Site _site;
    private readonly bool _isCached;
    private readonly Socket[] _sockets;
    private readonly byte[][] _requests = [.. Enumerable.Range(0, Site.Pages).Select(Site.RequestOf)];
    private readonly byte[] _buffer = new byte[2 * Site.PageSize];
    private readonly long[] _sentAt;

    /// <param name="name">What is measured.</param>
    /// <param name="baseline">The row it is compared with.</param>
    /// <param name="site">The site, which stays the caller's.</param>
    /// <param name="isCached">Whether its pages are cached: then none is rendered while it is measured, or the row fails.</param>
    /// <param name="connections">How many connections.</param>
    public WebRow(string name, string baseline, Site site, bool isCached, int connections)
        : base(name, baseline, callers: 1)
    {
        (_site, _isCached, _sentAt) = (site, isCached, new long[connections]);
        _sockets = [.. Enumerable.Range(0, connections).Select(_ => Connect(site.Port))];
    }

    /// <summary>Of each run, what the generator's own thread took of the CPU and of the allocated bytes, a request.</summary>
    public List<(double Cpu, double Bytes)> GeneratorRuns { get; } = [];

    public override void Dispose()
    {
        Array.ForEach(_sockets, static socket => socket.Dispose());
        base.Dispose();
    }

    /// <summary>Asks for every page once.</summary>
    public void Fill()
    {
        foreach (var request in _requests)
        {
            Send(_sockets[0], request);
            TakeAnswer(_sockets[0]);
        }
    }

    protected override Task<long> StartAsync(int caller, long until) =>
        Task.Factory.StartNew(() => Loop(until), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private long Loop(long until)
    {
        var rendered = _site.Rendered;
        var (cpu, bytes) = (ThreadCpu(), GC.GetAllocatedBytesForCurrentThread());
        var count = 0L;
        var page = 0;
        for (var i = 0; i < _sockets.Length; i++)
        {
            Ask(i);
        }

        for (var now = 0L; now < until;)
        {
            for (var i = 0; i < _sockets.Length; i++)
            {
                Take(i);
                Ask(i);
            }

            now = _sentAt[^1];
        }

        for (var i = 0; i < _sockets.Length; i++)
        {
            Take(i);
        }

        if (_isCached && _site.Rendered != rendered)
        {
            throw new InvalidDataException($"{Name}: {_site.Rendered - rendered} of {count} pages were rendered instead of found.");
        }

        GeneratorRuns.Add(((ThreadCpu() - cpu).TotalMicroseconds / count, (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)count));
        return count;

        void Ask(int connection)
        {
            _sentAt[connection] = Stopwatch.GetTimestamp();
            Send(_sockets[connection], _requests[page]);
            page = (page + 1) % _requests.Length;
        }

        void Take(int connection)
        {
            TakeAnswer(_sockets[connection]);
            Latencies[0].Add(Stopwatch.GetTimestamp() - _sentAt[connection]);
            count++;
        }
    }

    private static void Send(Socket socket, byte[] request)
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += socket.Send(request.AsSpan(sent));
        }
    }

    /// <summary>Receives one answer, and checks its status, its length and its end.</summary>
    private void TakeAnswer(Socket socket)
    {
        var (received, header) = (0, -1);
        while (header < 0)
        {
            received += Receive(socket, received);
            header = _buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8);
        }

        var head = _buffer.AsSpan(0, header + 2);
        var length = head.IndexOf("Content-Length: "u8) is >= 0 and var at && Utf8Parser.TryParse(head[(at + "Content-Length: ".Length)..], out int value, out _) ? value : -1;
        if (length != Site.PageSize || !head.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new InvalidDataException($"{Name}: the answer is no page: {System.Text.Encoding.Latin1.GetString(head)}");
        }

        var end = header + 4 + length;
        while (received < end)
        {
            received += Receive(socket, received);
        }

        if (received > end || !_buffer.AsSpan(0, end).EndsWith("</html>\n"u8))
        {
            throw new InvalidDataException($"{Name}: the page does not end as it should.");
        }
    }

    private int Receive(Socket socket, int at)
    {
        var count = socket.Receive(_buffer.AsSpan(at));
        return count > 0 ? count : throw new InvalidDataException($"{Name}: the connection was closed.");
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    // User and system time of the calling thread, in ticks of 10 ms: fields 14 and 15.
    private static TimeSpan ThreadCpu()
    {
        if (!File.Exists("/proc/thread-self/stat"))
        {
            return TimeSpan.Zero;
        }

        var stat = File.ReadAllText("/proc/thread-self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }
}
