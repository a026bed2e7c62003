using System.Text;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>What every user of <see cref="ISealedStore"/> relies on, whatever stores the entries.</summary>
public abstract class SealedStoreOnAnyBackend : IDisposable
{
    private readonly Lazy<CacheProcess> _process;

    protected SealedStoreOnAnyBackend() => _process = new Lazy<CacheProcess>(() => Start());

    internal CacheProcess Process => _process.Value;

    protected EntryScope Scope { get; } = Addresses.UniqueScope();

    protected EntryAddress Address => Scope.Entry("account:1");

    protected ISealedStore Store => Process.Sealed;

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
        Assert.Equal(1, Process.Counts["scopedcaching.envelope.unreadable"]);
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
        Assert.Equal(1, Process.Counts["scopedcaching.envelope.unreadable"]);
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

    [Fact]
    public async Task Many_are_read_in_the_order_asked_for_with_misses_among_them()
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 3000).Select(i => Scope.Entry($"many:{i}"))];
        var written = addresses.Where((_, i) => i % 3 != 0).Select(address => KeyValuePair.Create(address, address.Key)).ToArray();
        Assert.All(await Store.WriteManyAsync(written, new EntryWrite()), outcome => Assert.Equal(WriteOutcome.Stored, outcome));

        var entries = await Store.ReadManyAsync<string>(addresses);

        Assert.Equal(addresses.Length, entries.Length);
        Assert.Equal(
            addresses.Select((address, i) => i % 3 != 0 ? address.Key : null),
            entries.Select(entry => entry.Value),
            StringComparer.Ordinal);
        Assert.All(entries, (entry, i) => Assert.Equal(i % 3 != 0 ? ReadOutcome.Hit : ReadOutcome.Miss, entry.Outcome));
    }

    [Fact]
    public async Task Removing_many_tells_for_each_whether_it_was_there()
    {
        await Store.WriteAsync(Scope.Entry("b"), 0, new EntryWrite());

        var outcomes = await Store.RemoveManyAsync([Scope.Entry("a"), Scope.Entry("b"), Scope.Entry("c")]);

        Assert.Equal([RemoveOutcome.NotFound, RemoveOutcome.Removed, RemoveOutcome.NotFound], outcomes);
    }

    [Fact]
    public async Task None_at_all_are_read_written_and_removed_as_none()
    {
        Assert.Empty(await Store.ReadManyAsync<int>([]));
        Assert.Empty(await Store.WriteManyAsync(Array.Empty<KeyValuePair<EntryAddress, int>>(), new EntryWrite()));
        Assert.Empty(await Store.RemoveManyAsync([]));
    }

    [Fact]
    public async Task A_touch_keeps_the_value_and_seals_the_new_deadline()
    {
        await Store.WriteAsync(Address, "value", Addresses.For(TimeSpan.FromMinutes(1)));
        var before = (await Store.ReadAsync<string>(Address)).Deadline;

        Assert.Equal(WriteOutcome.Stored, await Store.TouchAsync(Address, new EntryLife(TimeSpan.FromHours(1))));

        var entry = await Store.ReadAsync<string>(Address);
        Assert.Equal("value", entry.Value);
        Assert.InRange((entry.Deadline - before)!.Value, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task A_touch_of_no_entry_stores_nothing()
    {
        Assert.Equal(WriteOutcome.NotStored, await Store.TouchAsync(Address, EntryLife.Forever));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<string>(Address)).Outcome);
    }

    [Fact]
    public async Task A_fingerprint_is_short_stable_and_holds_nothing_of_the_address()
    {
        var fingerprint = Store.Fingerprint(Address);

        Assert.Matches("^[0-9a-f]{16}$", fingerprint);
        Assert.Equal(fingerprint, Store.Fingerprint(Scope.Entry("account:1")));
        Assert.NotEqual(fingerprint, Store.Fingerprint(Scope.Entry("account:2")), StringComparer.Ordinal);
        await Store.WriteAsync(Address, 1, new EntryWrite());
        Assert.Equal(fingerprint, Store.Fingerprint(Address));
    }

    [Fact]
    public async Task A_value_above_the_limit_is_refused_with_both_sizes_and_what_was_there_stays()
    {
        await Store.WriteAsync(Address, "before", new EntryWrite());
        var tooLarge = Noise(1 << 20);

        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await Store.WriteAsync(Address, tooLarge, new EntryWrite()));

        Assert.True(fault.Size > tooLarge.Length && fault.Limit <= 1 << 20 && fault.Size > fault.Limit);
        Assert.Equal("before", (await Store.ReadAsync<string>(Address)).Value);
    }

    [Fact]
    public async Task The_largest_value_within_the_limit_is_really_stored()
    {
        await Store.WriteAsync(Address, "probe", new EntryWrite());
        var fault = await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await Store.WriteAsync(Address, Noise(1 << 20), new EntryWrite()));
        var largest = Noise((int)((1 << 20) - (fault.Size - fault.Limit)));

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, largest, new EntryWrite()));
        Assert.Equal(largest, (await Store.ReadAsync<byte[]>(Address)).Value);
    }

    [Fact]
    public async Task One_value_above_the_limit_among_many_stops_the_whole()
    {
        var small = Scope.Entry("small");

        await Assert.ThrowsAsync<MemcachedValueTooLargeException>(async () => await Store.WriteManyAsync(
            [KeyValuePair.Create(small, Noise(10)), KeyValuePair.Create(Address, Noise(1 << 20))], new EntryWrite()));

        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<byte[]>(small)).Outcome);
    }

    [Fact]
    public async Task A_cancelled_caller_is_told_so()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync<int>(Address, cancellationToken: cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.WriteAsync(Address, 1, new EntryWrite(), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadManyAsync<int>([Address], cancellationToken: cancelled.Token));
    }

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private async Task RoundTripAsync<T>(T value)
    {
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, value, new EntryWrite()));
        var entry = await Store.ReadAsync<T>(Address);
        Assert.Equal(ReadOutcome.Hit, entry.Outcome);
        Assert.Equal(value, entry.Value);
    }

    private sealed record Account(string Owner, decimal Balance);
}
