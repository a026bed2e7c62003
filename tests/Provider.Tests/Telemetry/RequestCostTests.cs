using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using System.Diagnostics.Metrics;

namespace Provider.Tests.Telemetry;

[Collection(nameof(Alone))]
public sealed class RequestCostTests
{
    private const int Reads = 2_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_get_into_a_buffer_allocates_nothing_whether_it_is_measured_or_not(bool isMeasured)
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var process = CacheProcess.On(server);
        var (count, listener) = (0L, new MeterListener());
        using (listener)
        {
            var meters = process.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (isMeasured && instrument.Name is "db.client.operation.duration" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref count));
            listener.Start();
            await process.Client.SetAsync("key", new byte[100]);
            var buffer = new ArrayBufferWriter<byte>(256);
            await ReadAsync(process.Client, buffer);
            Interlocked.Exchange(ref count, 0);

            // The best of a few runs, of which each is counted for the whole process: what a get allocated, at least 24 bytes, would be there in all of them.
            var perGet = long.MaxValue;
            for (var run = 0; run < 5; run++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                await ReadAsync(process.Client, buffer);
                perGet = Math.Min(perGet, (GC.GetTotalAllocatedBytes(precise: true) - before) / Reads);
            }

            Assert.True(perGet < 8, $"{perGet} bytes a get");
            Assert.Equal(isMeasured ? 5 * Reads : 0, Interlocked.Read(ref count));
        }
    }

    private static async Task ReadAsync(IMemcachedClient client, ArrayBufferWriter<byte> buffer)
    {
        for (var read = 0; read < Reads; read++)
        {
            buffer.ResetWrittenCount();
            if (!await client.GetAsync("key", buffer) || buffer.WrittenCount != 100)
            {
                Assert.Fail("Another value.");
            }
        }
    }
}
