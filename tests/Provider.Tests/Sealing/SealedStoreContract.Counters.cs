using System.Globalization;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Sealing;

/// <content>Counters that are sealed, because the options say so.</content>
public abstract partial class SealedStoreContract
{
    [Fact]
    public async Task A_sealed_counter_counts_as_the_servers_own_does()
    {
        using var process = Start(static options => options.EncryptCounters = true);
        var store = process.Sealed;

        Assert.Equal(0UL, await store.AddToCounterAsync(Scope.Entry("down"), -5));
        Assert.Equal(5UL, await store.AddToCounterAsync(Address, 5));
        Assert.Equal(12UL, await store.AddToCounterAsync(Address, 7));
        Assert.Equal(10UL, await store.AddToCounterAsync(Address, -2));
        Assert.Equal(10UL, await store.AddToCounterAsync(Address, 0));
        Assert.Equal(0UL, await store.AddToCounterAsync(Address, long.MinValue));
        Assert.Equal((ulong)long.MaxValue, await store.AddToCounterAsync(Address, long.MaxValue));
        Assert.Equal(ulong.MaxValue - 1, await store.AddToCounterAsync(Address, long.MaxValue));
        Assert.Equal(1UL, await store.AddToCounterAsync(Address, 3));
    }

    [Fact]
    public async Task A_sealed_counter_loses_no_addition_however_many_add_at_once()
    {
        using var process = Start(static options => options.EncryptCounters = true);

        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var own = new List<ulong?>();
            for (var i = 0; i < 50; i++)
            {
                own.Add(await process.Sealed.AddToCounterAsync(Address, 1));
            }

            return own;
        })));

        Assert.Equal(Enumerable.Range(1, 400).Select(static count => (ulong?)count), counts.SelectMany(static own => own).Order());
    }

    [Fact]
    public async Task A_sealed_counter_is_apart_from_the_servers_own_and_from_the_value_of_its_address()
    {
        using var process = Start(static options => options.EncryptCounters = true);
        await Store.AddToCounterAsync(Address, 1000);

        Assert.Equal(1UL, await process.Sealed.AddToCounterAsync(Address, 1));
        Assert.Equal(1001UL, await Store.AddToCounterAsync(Address, 1));
        Assert.Equal(ReadOutcome.Miss, (await process.Sealed.ReadAsync<ulong>(Address)).Outcome);
    }

    [Fact]
    public async Task What_is_no_counter_of_ours_is_not_counted_on()
    {
        using var process = Start(static options => options.EncryptCounters = true);
        await process.Sealed.AddToCounterAsync(Address, 41);
        var key = Address.Wire(KeyDomain.SealedCounter);
        var item = await Client.GetAsync(key);
        Assert.True(item.Found);
        Assert.DoesNotContain(41.ToString(CultureInfo.InvariantCulture), System.Text.Encoding.Latin1.GetString(item.Value![^4..]), StringComparison.Ordinal);
        item.Value![^1] ^= 1;
        await Client.SetAsync(key, item.Value, Expiry.Never, item.Flags);

        Assert.Null(await process.Sealed.AddToCounterAsync(Address, 1));
    }
}
