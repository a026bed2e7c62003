using Provider.Tests.Doubles;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Faults;

/// <summary>A server that takes requests slowly, or none any more: who asks for little is not held up by what others send.</summary>
public sealed class SlowTakerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_who_sends_for_others_as_well_is_not_kept_by_a_server_that_takes_no_more(bool isBlocking)
    {
        var server = new SlowTaker();
        using var client = new TestClient(server);
        var first = client.Verbs.GetAsync("first").AsTask();
        await Eventually.TrueAsync(() => server.Sends == 1);
        server.HoldsOne = true;

        // It is the sender. While its own bytes go out, others append more than the socket takes.
        var caller = Task.Factory.StartNew(
            () => isBlocking ? Blocking(client) : client.Verbs.GetAsync("second").AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.TrueAsync(() => server.Sends == 2);
        Task[] others = [.. Enumerable.Range(0, 20).Select(i => client.Verbs.SetAsync($"other{i}", new byte[10_000]).AsTask())];
        server.Go();
        await Eventually.TrueAsync(() => server.Sends == 3);

        // It has got its answer although the others' bytes are stuck.
        server.Say("EN O1\r\nEN O2\r\n");
        Assert.False((await (await caller.InTime()).InTime()).Found);
        Assert.False((await first.InTime()).Found);
        Assert.True(server.IsStuck);
        client.Dispose();
        await Task.WhenAll(others.Select(other => Assert.ThrowsAnyAsync<ScopedCaching.Memcached.MemcachedException>(other.InTime)));
    }

    private static Task<ScopedCaching.Memcached.MemcachedItem> Blocking(TestClient client) => Task.FromResult(
        ScopedCaching.Memcached.Waiting.BlockingCaller.Run(client, static client => client.Verbs.GetAsync("second")));

    /// <summary>Takes a little at a time, like a socket whose buffers are full, and says what it is told.</summary>
    private sealed class SlowTaker : ITransport, ILink
    {
        private const int Room = 64 << 10;
        private readonly object _gate = new();
        private readonly Queue<byte> _toSay = new();
        private bool _goes;
        private bool _disposed;

        public int Sends { get; private set; }

        public bool HoldsOne { get; set; }

        public bool IsStuck { get; private set; }

        public ILink Connect(TimeSpan timeout) => this;

        public void Go()
        {
            lock (_gate)
            {
                _goes = true;
                Monitor.PulseAll(_gate);
            }
        }

        public void Say(string text)
        {
            lock (_gate)
            {
                foreach (var letter in text)
                {
                    _toSay.Enqueue((byte)letter);
                }

                Monitor.PulseAll(_gate);
            }
        }

        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            lock (_gate)
            {
                if (_toSay.Count == 0 && !_disposed)
                {
                    Monitor.Wait(_gate, patience);
                }

                if (_disposed)
                {
                    throw new IOException("The link was disposed.");
                }

                var count = 0;
                while (count < buffer.Length && _toSay.TryDequeue(out var letter))
                {
                    buffer[count++] = letter;
                }

                return count == 0 ? -1 : count;
            }
        }

        public void Send(ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                Sends++;
                while (HoldsOne && !_goes)
                {
                    Monitor.Wait(_gate);
                }

                while (bytes.Length > Room && !_disposed)
                {
                    IsStuck = true;
                    Monitor.Wait(_gate);
                }

                if (_disposed)
                {
                    throw new IOException("The link was disposed.");
                }
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
