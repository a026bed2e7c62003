using System.Collections.Concurrent;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Transport;

/// <summary>Links under TLS that are closed from another thread, whatever sender and receiver do just then.</summary>
public sealed class TlsCutTests(TlsMemcached memcached) : IClassFixture<TlsMemcached>
{
    private const int Callers = 8;
    private const int Keys = 50;
    private const int Cuts = 100;

    [Fact]
    public async Task Cut_at_any_moment_they_give_every_caller_the_right_value_or_a_fault()
    {
        var options = new MemcachedOptions { Tls = new MemcachedTlsOptions { Enabled = true, CertificateAuthority = memcached.Certificates.AuthorityPath } };
        var transport = new CuttingTransport(TestLinks.To(memcached.Server, options));
        using var client = new TestClient(transport);
        for (var number = 0; number < Keys; number++)
        {
            await client.Verbs.SetAsync($"cut:{number}", ValueOf(number)).InTime();
        }

        using var stop = new CancellationTokenSource();
        var (read, failed) = (0, 0);
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            while (!stop.IsCancellationRequested)
            {
                var number = random.Next(Keys);
                try
                {
                    Assert.Equal(ValueOf(number), (await client.Verbs.GetAsync($"cut:{number}")).Value);
                    Interlocked.Increment(ref read);
                    await client.Verbs.SetAsync($"cut:{number}", ValueOf(number));
                }
                catch (MemcachedException fault)
                {
                    // A link that stood says nothing about certificates when it ends.
                    Assert.IsNotType<MemcachedTlsException>(fault, exactMatch: false);
                    Interlocked.Increment(ref failed);
                    await Task.Delay(1);
                }
            }
        })).ToArray();

        for (var cut = 0; cut < Cuts; cut++)
        {
            var before = Volatile.Read(ref read);
            await Eventually.TrueAsync(() => Volatile.Read(ref read) > before + 5 || callers.Any(static caller => caller.IsFaulted));
            transport.Cut();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers).InTime();
        Assert.True(transport.Opened > Cuts / 2);
        Assert.True(failed > 0);
    }

    private static byte[] ValueOf(int number)
    {
        var value = new byte[number * 700];
        new Random(number).NextBytes(value);
        return value;
    }

    private sealed class CuttingTransport(ITransport inner) : ITransport
    {
        private readonly ConcurrentQueue<ILink> _links = new();
        private int _opened;

        public int Opened => Volatile.Read(ref _opened);

        public ILink Connect(TimeSpan timeout)
        {
            var link = inner.Connect(timeout);
            Interlocked.Increment(ref _opened);
            _links.Enqueue(link);
            return link;
        }

        public void Cut()
        {
            while (_links.TryDequeue(out var link))
            {
                link.Dispose();
            }
        }
    }
}
