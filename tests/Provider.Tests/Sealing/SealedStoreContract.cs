using System.Text;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class SealedStoreOnEmbeddedTests : SealedStoreContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(_server, configure: configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class SealedStoreOnRealMemcachedTests(SharedMemcached shared) : SealedStoreContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(shared.Server, configure: configure);
}

/// <summary>What every user of <see cref="ISealedStore"/> relies on, whatever server is behind it: values and their conditions.</summary>
public abstract partial class SealedStoreContract : IDisposable
{
    private readonly EntryScope _scope = Addresses.UniqueScope();
    private readonly Lazy<CacheProcess> _process;

    protected SealedStoreContract() => _process = new Lazy<CacheProcess>(() => Start());

    private ISealedStore Store => _process.Value.Sealed;

    private IMemcachedClient Client => _process.Value.Client;

    private EntryAddress Address => _scope.Entry("account:1");

    internal abstract CacheProcess Start(Action<MemcachedOptions>? configure = null);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing && _process.IsValueCreated)
        {
            _process.Value.Dispose();
        }
    }

    [Fact]
    public async Task An_entry_that_was_never_written_is_a_miss()
    {
        var entry = await Store.ReadAsync<string>(Address);

        Assert.Equal(ReadOutcome.Miss, entry.Outcome);
        Assert.False(entry.Found);
    }

    [Fact]
    public async Task Values_of_every_form_come_back_as_what_they_were()
    {
        await RoundTripAsync("text with ünï\r\n\0 \ud83d\ude00");
        await RoundTripAsync("");
        await RoundTripAsync(-42);
        await RoundTripAsync(long.MaxValue);
        await RoundTripAsync(true);
        await RoundTripAsync(new byte[] { 0, 13, 10, 255 });
        await RoundTripAsync(Array.Empty<byte>());
        await RoundTripAsync(new Account("Jane", 12.5m));
        await RoundTripAsync(new string('z', 50_000));
    }

    [Fact]
    public async Task A_stored_null_is_a_hit_and_differs_from_a_miss()
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync<string?>(Address, null, new EntryWrite()));

        var entry = await Store.ReadAsync<string?>(Address);

        Assert.True(entry.Found);
        Assert.Null(entry.Value);
    }

    [Fact]
    public async Task An_entry_read_as_another_type_is_no_hit()
    {
        await Store.WriteAsync(Address, "text", new EntryWrite());

        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<int>(Address)).Outcome);
        Assert.Equal(1, _process.Value.Counts["scopedcaching.envelope.unreadable"]);
    }

    [Fact]
    public async Task Reading_into_a_buffer_gives_the_bytes_and_writes_nothing_on_a_miss()
    {
        var destination = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.Equal(ReadOutcome.Miss, await Store.ReadAsync(Address, destination));
        Assert.Equal(0, destination.WrittenCount);

        await Store.WriteAsync(Address, "bytes"u8.ToArray(), new EntryWrite());

        Assert.Equal(ReadOutcome.Hit, await Store.ReadAsync(Address, destination));
        Assert.Equal("bytes", Encoding.UTF8.GetString(destination.WrittenSpan));
    }

    [Fact]
    public async Task Reading_what_is_no_bytes_into_a_buffer_writes_nothing_and_is_counted()
    {
        await Store.WriteAsync(Address, "text", new EntryWrite());
        var destination = new System.Buffers.ArrayBufferWriter<byte>();

        Assert.Equal(ReadOutcome.Unopenable, await Store.ReadAsync(Address, destination));
        Assert.Equal(0, destination.WrittenCount);
        Assert.Equal(1, _process.Value.Counts["scopedcaching.envelope.unreadable"]);
    }

    [Fact]
    public async Task Adding_stores_only_when_there_is_no_entry()
    {
        var add = new EntryWrite { Condition = WriteCondition.IfAbsent };

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 1, add));
        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 2, add));
        Assert.Equal(1, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task Replacing_stores_only_when_there_is_an_entry()
    {
        var replace = new EntryWrite { Condition = WriteCondition.IfPresent };

        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 1, replace));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
        await Store.WriteAsync(Address, 2, new EntryWrite());
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 3, replace));
        Assert.Equal(3, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task A_version_stores_only_when_nobody_changed_the_entry_meanwhile()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        var seen = (await Store.ReadAsync<int>(Address)).Version;

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 2, IfStill(seen)));
        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 3, IfStill(seen)));
        Assert.Equal(2, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task A_version_stores_nothing_once_the_entry_is_gone()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        var seen = (await Store.ReadAsync<int>(Address)).Version;
        await Store.RemoveAsync(Address);

        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 2, IfStill(seen)));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
    }

    [Fact]
    public async Task Removing_tells_whether_there_was_an_entry()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());

        Assert.Equal(RemoveOutcome.Removed, await Store.RemoveAsync(Address));
        Assert.Equal(RemoveOutcome.NotFound, await Store.RemoveAsync(Address));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
    }

    [Fact]
    public async Task Switched_off_reads_miss_and_writes_drop_and_removals_still_run()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        using var off = Start(options => options.Enabled = false);

        Assert.Equal(ReadOutcome.Miss, (await off.Sealed.ReadAsync<int>(Address)).Outcome);
        Assert.Equal(ReadOutcome.Miss, await off.Sealed.ReadAsync(Address, new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.Equal(ReadOutcome.Miss, Assert.Single(await off.Sealed.ReadManyAsync<int>([Address])).Outcome);
        Assert.Equal(WriteOutcome.Disabled, await off.Sealed.WriteAsync(Address, 2, new EntryWrite()));
        Assert.Equal(WriteOutcome.Disabled, Assert.Single(await off.Sealed.WriteManyAsync([KeyValuePair.Create(Address, 2)], new EntryWrite())));
        Assert.Equal(WriteOutcome.Disabled, await off.Sealed.TouchAsync(Address, EntryLife.Forever));
        Assert.Null(await off.Sealed.AddToCounterAsync(Address, 1));
        await off.Sealed.RefreshAsync(Address);
        Assert.Equal(1, (await Store.ReadAsync<int>(Address)).Value);

        Assert.Equal(RemoveOutcome.Removed, await off.Sealed.RemoveAsync(Address));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
    }

    [Fact]
    public async Task A_life_that_is_not_positive_is_the_callers_error()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.WriteAsync(Address, 1, Addresses.For(TimeSpan.Zero)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.WriteAsync(Address, 1, Addresses.Sliding(TimeSpan.FromTicks(-1))));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.WriteManyAsync([KeyValuePair.Create(Address, 1)], Addresses.For(TimeSpan.Zero)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.TouchAsync(Address, new EntryLife(TimeSpan.Zero)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.AddToCounterAsync(Address, 1, new EntryLife(TimeSpan.Zero)));
    }

    private static EntryWrite IfStill(ulong version) => new() { Condition = WriteCondition.IfVersion, Version = version };

    private async Task RoundTripAsync<T>(T value)
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, value, new EntryWrite()));
        var entry = await Store.ReadAsync<T>(Address);
        Assert.Equal(ReadOutcome.Hit, entry.Outcome);
        Assert.Equal(value, entry.Value);
    }

    private sealed record Account(string Owner, decimal Balance);
}
