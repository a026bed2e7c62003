using System.Diagnostics;
using System.Net.Sockets;

namespace Provider.Benchmarks.Load;

/// <summary>
/// What a single caller can compare itself with: one request at a time over an asynchronous socket, written and received by hand.
/// </summary>
internal sealed class RawAsyncRow : Row
{
    private readonly byte[] _request;
    private readonly int _replyLength;
    private readonly Socket _socket;
    private readonly byte[] _buffer;

    public RawAsyncRow(string name, string baseline, Workload workload, MemcachedProcess server)
        : base(name, baseline, callers: 1)
    {
        _request = workload.Requests(1);
        _socket = server.Connect();
        _replyLength = workload.MeasureReplies(_socket, 1);
        _buffer = new byte[_replyLength];
    }

    public override void Dispose()
    {
        _socket.Dispose();
        base.Dispose();
    }

    protected override Task<long> StartAsync(int caller, long until) => Task.Run(() => LoopAsync(until));

    private async Task<long> LoopAsync(long until)
    {
        var latencies = Latencies[0];
        var count = 0L;
        for (var before = Stopwatch.GetTimestamp(); before < until; count++)
        {
            await _socket.SendAsync(_request);
            for (var received = 0; received < _replyLength;)
            {
                var length = await _socket.ReceiveAsync(_buffer.AsMemory(received));
                received += length > 0 ? length : throw new InvalidDataException("The server closed the connection.");
            }

            var after = Stopwatch.GetTimestamp();
            latencies.Add(after - before);
            before = after;
        }

        return count;
    }
}
