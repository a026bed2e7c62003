using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Sealing;

/// <content>Many at once, new lives, counters, limits.</content>
public abstract partial class SealedStoreContract
{
    [Fact]
    public async Task Writing_many_tells_for_each_whether_its_condition_held()
    {
        await Store.WriteAsync(Scope.Entry("b"), 0, new EntryWrite());

        var outcomes = await Store.WriteManyAsync(
            [KeyValuePair.Create(Scope.Entry("a"), 1), KeyValuePair.Create(Scope.Entry("b"), 1), KeyValuePair.Create(Scope.Entry("c"), 1)],
            new EntryWrite { Condition = WriteCondition.IfAbsent });

        Assert.Equal([WriteOutcome.Stored, WriteOutcome.NotStored, WriteOutcome.Stored], outcomes);
    }

    [Fact]
    public async Task A_touched_entry_has_another_version_so_that_both_never_win()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        var seen = (await Store.ReadAsync<int>(Address)).Version;

        await Store.TouchAsync(Address, new EntryLife(TimeSpan.FromHours(1)));

        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 2, IfStill(seen)));
    }

    [Fact]
    public async Task Touches_that_race_with_writes_never_bring_an_old_value_back()
    {
        await Store.WriteAsync(Address, 0, Addresses.For(TimeSpan.FromMinutes(1)));
        using var stop = new CancellationTokenSource();
        var touching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Store.TouchAsync(Address, new EntryLife(TimeSpan.FromMinutes(5)));
            }
        });

        for (var i = 1; i <= 300; i++)
        {
            await Store.WriteAsync(Address, i, Addresses.For(TimeSpan.FromMinutes(1)));
            Assert.Equal(i, (await Store.ReadAsync<int>(Address)).Value);
        }

        await stop.CancelAsync();
        await touching;
    }

    [Fact]
    public async Task A_counter_starts_at_zero_and_never_goes_below()
    {
        Assert.Equal(0UL, await Store.AddToCounterAsync(Scope.Entry("down"), -5));
        Assert.Equal(5UL, await Store.AddToCounterAsync(Address, 5));
        Assert.Equal(12UL, await Store.AddToCounterAsync(Address, 7));
        Assert.Equal(10UL, await Store.AddToCounterAsync(Address, -2));
        Assert.Equal(9UL, await Store.AddToCounterAsync(Address, -1));
        Assert.Equal(9UL, await Store.AddToCounterAsync(Address, 0));
        Assert.Equal(0UL, await Store.AddToCounterAsync(Address, long.MinValue));
        Assert.Equal((ulong)long.MaxValue, await Store.AddToCounterAsync(Address, long.MaxValue));
    }

    [Fact]
    public async Task A_counter_and_a_value_of_one_address_never_meet()
    {
        await Store.AddToCounterAsync(Address, 5);
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<long>(Address)).Outcome);

        await Store.WriteAsync(Address, 100L, new EntryWrite());

        Assert.Equal(6UL, await Store.AddToCounterAsync(Address, 1));
        Assert.Equal(100L, (await Store.ReadAsync<long>(Address)).Value);
        await Store.RemoveAsync(Address);
        Assert.Equal(7UL, await Store.AddToCounterAsync(Address, 1));
    }

    [Fact]
    public async Task A_counter_moved_to_an_entrys_key_is_no_value()
    {
        await Client.SetAsync(Address.Wire(), "12345"u8.ToArray());
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<long>(Address)).Outcome);

        await Client.SetAsync(Address.Wire(), "12345"u8.ToArray(), flags: 3);
        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<long>(Address)).Outcome);
    }

    [Fact]
    public async Task A_value_moved_to_a_counters_key_counts_nothing()
    {
        await Store.WriteAsync(Address, 5, new EntryWrite { Format = new EntryFormat { Encrypt = false } });
        var item = await Client.GetAsync(Address.Wire());
        await Client.SetAsync(Address.Wire(KeyDomain.Counter), item.Value, flags: item.Flags);

        Assert.Null(await Store.AddToCounterAsync(Address, 1));
    }

    [Fact]
    public async Task Verified_writes_are_read_back()
    {
        using var verifying = Start(options => options.VerifyWrites = true);
        var gets = await GetsAsync();

        Assert.Equal(WriteOutcome.Stored, await verifying.Sealed.WriteAsync(Address, 1, new EntryWrite()));
        Assert.Equal(1, await GetsAsync() - gets);
        Assert.All(
            await verifying.Sealed.WriteManyAsync([KeyValuePair.Create(Address, 2), KeyValuePair.Create(Scope.Entry("b"), 2)], new EntryWrite()),
            outcome => Assert.Equal(WriteOutcome.Stored, outcome));
        Assert.Equal(3, await GetsAsync() - gets);
    }

    [Fact]
    public async Task A_write_without_acknowledgement_arrives_nevertheless()
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 1, new EntryWrite { FireAndForget = true }));

        // The same connection carries the read after the write.
        Assert.Equal(1, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task A_placeholder_of_a_lease_is_a_miss()
    {
        await Client.RawAsync($"mg {Encoding.ASCII.GetString(Address.Wire())} N30 t", server: Client.ServerOf(Address.Wire()));
        Assert.True((await Client.GetAsync(Address.Wire())).Found);

        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<string>(Address)).Outcome);
        Assert.Equal(ReadOutcome.Miss, await Store.ReadAsync(Address, new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.Equal(ReadOutcome.Miss, Assert.Single(await Store.ReadManyAsync<string>([Address])).Outcome);
        Assert.Equal(WriteOutcome.NotStored, await Store.TouchAsync(Address, EntryLife.Forever));
        Assert.Equal(0, Process.Counts["scopedcaching.envelope.unopenable"]);
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, "value", new EntryWrite()));
        Assert.Equal("value", (await Store.ReadAsync<string>(Address)).Value);
    }

    private async Task<long> GetsAsync() => (await Client.ServerStatisticsAsync()).Sum(static server => long.Parse(server.Raw["cmd_get"]));
}
