using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>A store without sealing or network, that can be paused, and fail.</summary>
internal sealed class InMemorySealedStore(TimeProvider time) : ISealedStore, IFreshStore
{
    public long LargestValue => long.MaxValue;

    private readonly ConcurrentDictionary<EntryAddress, Item> _items = new();
    private readonly ConcurrentDictionary<EntryAddress, ulong> _counters = new();

    private static readonly EntryGenerations s_generations = Payload.Generations(Guid.Empty, view: null, EntryTags.None, [], readAt: 0);
    private readonly List<object?> _packed = [];

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

    bool IFreshStore.CanLease => false;

    async ValueTask<FreshEntry<T>> IFreshStore.ReadAsync<T>(EntryAddress address, EntryRead? read, CancellationToken cancellationToken) =>
        Fresh(await ReadAsync<T>(address, read?.Format, cancellationToken), read);

    async ValueTask<FreshEntry<T>> IFreshStore.ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease) =>
        Fresh(await ReadAsync<T>(address, read.Format), read);

    ValueTask<EntryLease?> IFreshStore.LeaseAsync(EntryAddress address, ulong version, TimeSpan lease) => default;

    async ValueTask<FreshEntry<T>[]> IFreshStore.ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read, CancellationToken cancellationToken) =>
        Array.ConvertAll(await ReadManyAsync<T>(addresses, read?.Format, cancellationToken), entry => Fresh(entry, read));

    ValueTask<ReadOutcome> IFreshStore.RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken) => new(ReadOutcome.Miss);

    ValueTask<EntryGenerations?> IFreshStore.GenerationsAsync(EntryScope scope, EntryTags? tags, CancellationToken cancellationToken) => new(Unreachable ? null : s_generations);

    ValueTask<WriteOutcome> IFreshStore.WriteAsync<T>(EntryAddress address, T value, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken) =>
        WriteAsync(address, value, write, cancellationToken);

    ValueTask<(WriteOutcome Outcome, T? Value)> IFreshStore.UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken)
        where T : default => throw new NotSupportedException();

    ValueTask<WriteOutcome[]> IFreshStore.WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken) =>
        WriteManyAsync(entries, write, cancellationToken);

    ValueTask<WriteOutcome> IFreshStore.TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken) => TouchAsync(address, life.Life, life.Format, cancellationToken);

    ValueTask<bool> IFreshStore.ClearAsync(EntryScope scope, CancellationToken cancellationToken) => throw new NotSupportedException();

    ValueTask<bool> IFreshStore.RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken) => throw new NotSupportedException();

    bool IFreshStore.Watch(EntryScope scope, EntryGenerations generations) => true;

    ValueTask<bool> IFreshStore.HaveWatchedChangedAsync(CancellationToken cancellationToken) => default;

    EntryPayload IFreshStore.Pack<T>(T value, EntryFormat? format)
    {
        _packed.Add(value);
        return Payload.New(0, BitConverter.GetBytes(_packed.Count - 1));
    }

    bool IFreshStore.TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value)
        where T : default
    {
        value = (T?)_packed[BitConverter.ToInt32(Payload.Bytes(payload).Span)];
        return true;
    }

    private FreshEntry<T> Fresh<T>(SealedEntry<T> entry, EntryRead? read) => new()
    {
        Outcome = entry.Outcome,
        Value = entry.Value,
        Payload = read is { AsPayload: true } && entry.Found ? ((IFreshStore)this).Pack(entry.Value) : null,
        Deadline = entry.Deadline,
        Generations = Unreachable ? null : s_generations,
    };

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

    private static class Payload
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern EntryPayload New(byte tag, ReadOnlyMemory<byte> bytes);

        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Bytes")]
        public static extern ReadOnlyMemory<byte> Bytes(EntryPayload payload);

        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern EntryGenerations Generations(Guid level, Guid? view, EntryTags tags, Guid[] tagIds, long readAt);
    }
}
