using System.Diagnostics;
using System.Net.Sockets;

namespace Provider.Benchmarks.Load;

/// <summary>
/// The limit to compare with: blocking sockets on threads of their own, and nothing else. A batch of requests goes out in one send, then as
/// many bytes are received as its replies have, which were parsed once before; of later replies only the frame is looked at.
/// </summary>
internal sealed class RawRow : Row
{
    private readonly int _outstanding;
    private readonly byte[] _requests;
    private readonly int _replyLength;
    private readonly Socket[] _sockets;
    private readonly byte[][] _buffers;

    public RawRow(string name, string baseline, int connections, Workload workload, int outstanding, MemcachedProcess server)
        : base(name, baseline, connections)
    {
        _outstanding = outstanding;
        _requests = workload.Requests(outstanding);
        _sockets = [.. Enumerable.Range(0, connections).Select(_ => server.Connect())];
        _replyLength = workload.MeasureReplies(_sockets[0], outstanding);
        _buffers = [.. _sockets.Select(_ => new byte[Math.Min(_replyLength, 256 << 10)])];
    }

    public override void Dispose()
    {
        Array.ForEach(_sockets, static socket => socket.Dispose());
        base.Dispose();
    }

    protected override Task<long> StartAsync(int caller, long until) =>
        Task.Factory.StartNew(() => Loop(caller, until), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private long Loop(int caller, long until)
    {
        var (socket, buffer, latencies) = (_sockets[caller], _buffers[caller], Latencies[caller]);
        var count = 0L;
        for (var before = Stopwatch.GetTimestamp(); before < until; count += _outstanding)
        {
            RoundTrip(socket, buffer);
            var after = Stopwatch.GetTimestamp();
            latencies.Add(after - before, _outstanding);
            before = after;
        }

        return count;
    }

    private void RoundTrip(Socket socket, byte[] buffer)
    {
        for (var sent = 0; sent < _requests.Length;)
        {
            sent += socket.Send(_requests.AsSpan(sent));
        }

        for (var left = _replyLength; left > 0;)
        {
            var count = socket.Receive(buffer.AsSpan(0, Math.Min(buffer.Length, left)));
            left -= count;
            var isWrong = count == 0 || (left == 0 && !buffer.AsSpan(0, count).EndsWith("\n"u8));
            if (isWrong)
            {
                throw new InvalidDataException("The server's replies have another length than before.");
            }
        }
    }
}
