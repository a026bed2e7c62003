using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>A store without sealing or network, that can be paused, and fail.</summary>
internal sealed class InMemorySealedStore(TimeProvider time) : ISealedStore
{
    private readonly ConcurrentDictionary<EntryAddress, Item> _items = new();
    private readonly ConcurrentDictionary<EntryAddress, ulong> _counters = new();

    public ConcurrentQueue<(string What, EntryAddress Address)> Calls { get; } = new();

    public bool Unreachable { get; set; }

    public EntryWrite? LastWrite { get; private set; }

    public EntryFormat? LastFormat { get; private set; }

    public IEnumerable<EntryAddress> Addresses => _items.Keys;

    /// <summary>Awaited by reads and removals after they took effect.</summary>
    public Func<string, Task> After { get; set; } = static _ => Task.CompletedTask;

    public async ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format = null, CancellationToken cancellationToken = default)
    {
        Calls.Enqueue(("read", address));
        LastFormat = format;
        var entry = Read<T>(address);
        await After("read");
        return entry;
    }

    public ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<SealedEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryFormat? format = null, CancellationToken cancellationToken = default)
    {
        Calls.Enqueue(("read many", default));
        return new([.. addresses.Select(Read<T>)]);
    }

    public async ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken = default)
    {
        Calls.Enqueue(("write", address));
        LastWrite = write;
        var outcome = Put(address, value, write);
        await After("write");
        return outcome;
    }

    public ValueTask<WriteOutcome[]> WriteManyAsync<T>(IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, CancellationToken cancellationToken = default) =>
        new([.. entries.Select(entry => Put(entry.Key, entry.Value, write))]);

    public async ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken = default)
    {
        var outcome = Remove(address);
        await After("remove");
        return outcome;
    }

    public ValueTask<RemoveOutcome[]> RemoveManyAsync(IReadOnlyList<EntryAddress> addresses, CancellationToken cancellationToken = default) =>
        new([.. addresses.Select(Remove)]);

    public ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryLife life, EntryFormat? format = null, CancellationToken cancellationToken = default) =>
        new(Live(address) is { } item ? Put(address, item.Value, new EntryWrite { Life = life }) : Unreachable ? WriteOutcome.Unavailable : WriteOutcome.NotStored);

    public ValueTask RefreshAsync(EntryAddress address, CancellationToken cancellationToken = default) => default;

    public ValueTask<ulong?> AddToCounterAsync(EntryAddress address, long delta, EntryLife life = default, CancellationToken cancellationToken = default) =>
        Unreachable
            ? default
            : new(_counters.AddOrUpdate(
                address,
                _ => (ulong)Math.Max(0, delta),
                (_, old) => delta < 0 ? old - Math.Min(old, (ulong)-delta) : old + (ulong)delta));

    public string Fingerprint(EntryAddress address) => ((uint)address.GetHashCode()).ToString("x16");

    private SealedEntry<T> Read<T>(EntryAddress address) =>
        Unreachable ? Made<T>.Ended(ReadOutcome.Unavailable)
        : Live(address) is not { } item ? Made<T>.Ended(ReadOutcome.Miss)
        : item.Value is T value ? Made<T>.Found(value, 1, item.Ends)
        : item.Value is null && default(T) is null ? Made<T>.Found(default, 1, item.Ends)
        : Made<T>.Ended(ReadOutcome.Unopenable);

    private WriteOutcome Put(EntryAddress address, object? value, EntryWrite write)
    {
        if (Unreachable)
        {
            return WriteOutcome.Unavailable;
        }

        var there = Live(address) is not null;
        if ((write.Condition == WriteCondition.IfAbsent && there) || (write.Condition == WriteCondition.IfPresent && !there))
        {
            return WriteOutcome.NotStored;
        }

        var life = write.Life.Absolute ?? write.Life.Sliding;
        _items[address] = new Item(value, life is { } span ? time.GetUtcNow() + span : null);
        return WriteOutcome.Stored;
    }

    private RemoveOutcome Remove(EntryAddress address)
    {
        Calls.Enqueue(("remove", address));
        return Unreachable ? RemoveOutcome.Undelivered
            : Live(address) is not null && _items.TryRemove(address, out _) ? RemoveOutcome.Removed
            : RemoveOutcome.NotFound;
    }

    private Item? Live(EntryAddress address) =>
        !Unreachable && _items.TryGetValue(address, out var item) && (item.Ends is null || item.Ends > time.GetUtcNow()) ? item : null;

    private sealed record Item(object? Value, DateTimeOffset? Ends);

    // A result is made by the provider only; the double may, too.
    private static class Made<T>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern SealedEntry<T> Ended(ReadOutcome outcome);

        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern SealedEntry<T> Found(T? value, ulong version, DateTimeOffset? deadline);
    }
}
