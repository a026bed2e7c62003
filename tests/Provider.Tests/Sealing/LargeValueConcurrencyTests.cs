using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class LargeValueConcurrencyTests(SharedMemcached shared) : IClassFixture<SharedMemcached>
{
    private const int Writers = 3;
    private const int Readers = 3;
    private const int Rounds = 25;
    private const int Size = 1_700_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writers_of_one_key_leave_a_reader_one_whole_value_or_a_miss_and_never_a_mix(bool encrypts)
    {
        var address = Addresses.UniqueScope().Entry("statement:1");
        var keys = new MemoryKeyRing();
        using var here = Start(keys, encrypts);
        using var there = Start(keys, encrypts);
        await here.Sealed.WriteAsync(address, Filled(255), Write);
        var hits = 0;

        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var process = round % 2 == 0 ? here : there;
                Assert.Equal(WriteOutcome.Stored, await process.Sealed.WriteAsync(address, Filled((byte)((writer * Rounds) + round)), Write));
            }
        }));
        var readers = Enumerable.Range(0, Readers).Select(reader => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var entry = await (reader % 2 == 0 ? here : there).Sealed.ReadAsync<byte[]>(address);
                if (entry.Found)
                {
                    Interlocked.Increment(ref hits);
                    Assert.Equal(Size, entry.Value!.Length);
                    Assert.Equal(-1, entry.Value.AsSpan().IndexOfAnyExcept(entry.Value[0]));
                }
            }
        }));
        await Task.WhenAll([.. writers, .. readers]);

        Assert.NotEqual(0, hits);
        Assert.Equal(0, here.Counts["scopedcaching.envelope.unopenable:tampered"]);
    }

    private static EntryWrite Write { get; } = new() { Life = new EntryLife(TimeSpan.FromSeconds(5)), Format = new EntryFormat { Compress = false } };

    private CacheProcess Start(MemoryKeyRing keys, bool encrypts) =>
        CacheProcess.On(shared.Server, keys, options => (options.LargeValues, options.Encrypt) = (LargeValues.Chunk, encrypts));

    private static byte[] Filled(byte with)
    {
        var value = new byte[Size];
        Array.Fill(value, with);
        return value;
    }
}
