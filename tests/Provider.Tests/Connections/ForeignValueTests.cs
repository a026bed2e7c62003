using System.Buffers;
using System.Globalization;
using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Connections;

/// <summary>Whatever callers do at whatever moment, a value is that of the key that was asked for.</summary>
public sealed class ForeignValueTests(SharedMemcached memcached) : IClassFixture<SharedMemcached>
{
    private const int CheckedReads = 100_000;
    private const int Callers = 16;
    private const int Keys = 500;

    [Fact]
    public async Task Cancelling_at_random_times_never_gives_a_foreign_value_on_the_embedded_server()
    {
        using var server = new EmbeddedMemcached();

        await ReadAndCancelAsync(server.Transport);
    }

    [Fact]
    public async Task Cancelling_at_random_times_never_gives_a_foreign_value_on_a_real_memcached() =>
        await ReadAndCancelAsync(new SocketTransport("127.0.0.1", memcached.Server.Port, Eventually.Patience));

    [Fact]
    public async Task Cancelling_at_random_times_never_gives_a_foreign_value_under_tls()
    {
        using var certificates = new TestCertificates();
        await using var server = await RealMemcachedServer.StartAsync(certificates.ServerArguments(certificates.Server()));

        await ReadAndCancelAsync(TestLinks.To(
            server, new MemcachedOptions { Tls = new MemcachedTlsOptions { Enabled = true, CertificateAuthority = certificates.AuthorityPath } }));
    }

    [Fact]
    public async Task Timing_out_and_losing_the_connection_at_random_never_gives_a_foreign_value()
    {
        using var server = new EmbeddedMemcached();
        var endPoint = server.ListenTcp();

        // The limits are so short that many reads end by timeout, and every few milliseconds all connections are cut.
        using var client = new TestClient(
            new SocketTransport("127.0.0.1", endPoint.Port, Eventually.Patience),
            limits: TestClient.Limits(TimeSpan.FromMilliseconds(60)) with { ConnectTimeout = TimeSpan.FromSeconds(5) });
        using (var patient = new TestClient(server.Transport))
        {
            await StoreAsync(patient.Verbs);
        }

        using var stop = new CancellationTokenSource();
        var (read, failed) = (0, 0);
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var number = Random.Shared.Next(Keys);
                try
                {
                    // A plain get is repeated when its connection is lost, and one that gives another life is not.
                    var item = number % 2 == 0 ? await client.Verbs.GetAsync(KeyOf(number)) : await client.Verbs.GetAndTouchAsync(KeyOf(number), Expiry.Never);
                    Assert.Equal(ValueOf(number), item.Value);
                    Interlocked.Increment(ref read);
                }
                catch (MemcachedException)
                {
                    Interlocked.Increment(ref failed);
                    await Task.Delay(1);
                }
            }
        })).ToArray();
        for (var cut = 0; cut < 100 || (cut < 2_000 && (Volatile.Read(ref read) == 0 || Volatile.Read(ref failed) == 0)); cut++)
        {
            await Task.Delay(10);
            server.CloseConnections();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers).InTime();

        Assert.True(read > 0 && failed > 0, $"{read} read, {failed} failed");
    }

    private static async Task ReadAndCancelAsync(ITransport transport)
    {
        using var client = new TestClient(transport);
        await StoreAsync(client.Verbs);
        var (read, cancelled) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            var buffer = new ArrayBufferWriter<byte>();
            while (Volatile.Read(ref read) < CheckedReads)
            {
                var number = random.Next(Keys);
                using var cancellation = new CancellationTokenSource();
                var (cancels, copies) = (random.Next(3) == 0, random.Next(2) == 0);
                buffer.ResetWrittenCount();
                try
                {
                    if (copies)
                    {
                        var wait = client.Verbs.GetAsync(KeyOf(number), buffer, cancellation.Token);
                        CancelSoon(cancels, cancellation, random);
                        Assert.True(await wait);
                        Assert.True(buffer.WrittenSpan.SequenceEqual(ValueOf(number)));
                    }
                    else
                    {
                        var wait = client.Verbs.GetAsync(KeyOf(number), cancellation.Token);
                        CancelSoon(cancels, cancellation, random);
                        Assert.Equal(ValueOf(number), (await wait).Value);
                    }

                    Interlocked.Increment(ref read);
                }
                catch (OperationCanceledException) when (cancels)
                {
                    Interlocked.Increment(ref cancelled);
                    Assert.Equal(0, buffer.WrittenCount);
                }
            }
        }))).WaitAsync(2 * Eventually.Patience);

        Assert.True(cancelled > CheckedReads / 100, $"{cancelled} were cancelled in time");
    }

    private static void CancelSoon(bool cancels, CancellationTokenSource cancellation, Random random)
    {
        if (cancels)
        {
            Thread.SpinWait(random.Next(300));
            cancellation.Cancel();
        }
    }

    private static async Task StoreAsync(IMemcachedClient client)
    {
        var failed = await client.SetManyAsync(
            [.. Enumerable.Range(0, Keys).Select(number => KeyValuePair.Create(KeyOf(number), (ReadOnlyMemory<byte>)ValueOf(number)))]);
        Assert.Empty(failed);
    }

    private static string KeyOf(int number) => number.ToString("key:000000", CultureInfo.InvariantCulture);

    // Of different lengths, so that a slip by one is no whole value either.
    private static byte[] ValueOf(int number) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(number.ToString("0|", CultureInfo.InvariantCulture), 1 + (number % 17))));
}
