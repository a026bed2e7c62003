using System.Net;
using System.Net.Sockets;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Faults;

/// <summary>A host that does not even refuse: what is sent to it is lost, and the system would try for minutes.</summary>
public sealed class SilentHostTests : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public SilentHostTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);

        // Once as many wait as may, further ones are not even told so.
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException)
            {
                // It is on its way.
            }
        }
    }

    [Fact]
    public async Task An_attempt_to_reach_it_ends_with_its_time_and_so_does_its_thread()
    {
        // The other bound lies beyond what the test waits.
        await Assert.ThrowsAsync<IOException>(Connect(TimeSpan.FromMilliseconds(200), send: Eventually.Patience * 2).InTime);
    }

    [Fact]
    public async Task An_attempt_may_take_longer_than_an_operation()
    {
        var attempt = Connect(TimeSpan.FromSeconds(10), send: TimeSpan.FromMilliseconds(20));
        await Eventually.TrueAsync(() => _listener.Poll(0, SelectMode.SelectRead));

        // The system asks again after a second.
        using var accepting = new CancellationTokenSource();
        var accepted = AcceptAllAsync(accepting.Token);
        (await attempt.InTime()).Dispose();
        await accepting.CancelAsync();
        await accepted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private Task<ILink> Connect(TimeSpan timeout, TimeSpan send)
    {
        var transport = new SocketTransport("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port, send);
        return Task.Factory.StartNew(() => transport.Connect(timeout), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private async Task AcceptAllAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            _waiting.Add(await _listener.AcceptAsync(end));
        }
    }

    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
