using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class SealedLifeTests : IDisposable
{
    private static readonly TimeSpan s_month = TimeSpan.FromDays(30);
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;
    private readonly CacheProcess _process;

    public SealedLifeTests()
    {
        _server = new EmbeddedMemcached(timeProvider: _clock);
        _process = CacheProcess.On(_server, _clock);
    }

    private ISealedStore Store => _process.Sealed;

    public void Dispose()
    {
        _process.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task An_entry_ends_at_its_deadline_and_not_before()
    {
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.FromSeconds(15)));

        _clock.Advance(TimeSpan.FromSeconds(14.9));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task An_entry_without_a_life_never_ends()
    {
        await Store.WriteAsync(s_address, 1, new EntryWrite());

        _clock.Advance(TimeSpan.FromDays(400));

        var entry = await Store.ReadAsync<int>(s_address);
        Assert.True(entry.Found);
        Assert.Null(entry.Deadline);
    }

    [Fact]
    public async Task A_life_of_less_than_a_second_ends_too()
    {
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.FromMilliseconds(300)));

        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        _clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False((await _process.Client.GetAsync(s_address.Wire())).Found);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    public async Task A_life_around_the_thirty_days_that_memcached_counts_ends_when_it_should(int more)
    {
        var life = s_month + TimeSpan.FromSeconds(more);
        await Store.WriteAsync(s_address, 1, Addresses.For(life));

        _clock.Advance(life - TimeSpan.FromSeconds(1));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False((await _process.Client.GetAsync(s_address.Wire())).Found);
    }

    [Fact]
    public async Task The_longest_times_there_are_store_the_entry()
    {
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.MaxValue));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);

        await Store.WriteAsync(s_address, 2, Addresses.Sliding(TimeSpan.MaxValue, TimeSpan.MaxValue));
        Assert.Equal(2, (await Store.ReadAsync<int>(s_address)).Value);

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(s_address, new EntryLife(TimeSpan.MaxValue)));
        Assert.Equal(2, (await Store.ReadAsync<int>(s_address)).Value);
        Assert.Equal(1UL, await Store.AddToCounterAsync(s_address, 1, new EntryLife(TimeSpan.MaxValue)));
        Assert.Equal(2UL, await Store.AddToCounterAsync(s_address, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_entry_kept_past_its_deadline_by_the_server_does_not_open(bool encrypted)
    {
        var format = new EntryFormat { Encrypt = encrypted };
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.FromSeconds(15)) with { Format = format });
        var item = await _process.Client.GetAsync(s_address.Wire());
        await _process.Client.SetAsync(s_address.Wire(), item.Value, Expiry.Never, item.Flags);

        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.True((await Store.ReadAsync<int>(s_address, format)).Found);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<int>(s_address, format)).Outcome);
        Assert.Equal(ReadOutcome.Unopenable, Assert.Single(await Store.ReadManyAsync<int>([s_address], format)).Outcome);
        Assert.Equal(2, _process.Counts["scopedcaching.envelope.unopenable:expired"]);
        Assert.Equal(WriteOutcome.NotStored, await Store.TouchAsync(s_address, EntryLife.Forever, format));
    }

    [Fact]
    public async Task A_touch_lengthens_and_shortens_a_life()
    {
        await Store.WriteAsync(s_address, 1, Addresses.For(TimeSpan.FromSeconds(10)));
        await Store.TouchAsync(s_address, new EntryLife(TimeSpan.FromSeconds(60)));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.True((await Store.ReadAsync<int>(s_address)).Found);

        await Store.TouchAsync(s_address, new EntryLife(TimeSpan.FromSeconds(5)));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await Store.ReadAsync<int>(s_address)).Found);
    }

    [Fact]
    public async Task A_counter_keeps_the_life_it_was_created_with()
    {
        await Store.AddToCounterAsync(s_address, 1, new EntryLife(TimeSpan.FromSeconds(10)));
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(2UL, await Store.AddToCounterAsync(s_address, 1, new EntryLife(TimeSpan.FromSeconds(100))));

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1UL, await Store.AddToCounterAsync(s_address, 1));
    }
}
