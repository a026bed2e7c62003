using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>What a store supports in addition to get, set and remove. Features that need a missing capability degrade, as documented there.</summary>
[Flags]
public enum StoreCapabilities
{
    /// <summary>Get, set and remove.</summary>
    None = 0,

    /// <summary>Items have versions; <see cref="WriteCondition"/> other than <see cref="WriteCondition.Always"/> works.</summary>
    CompareAndSwap = 1,

    /// <summary><see cref="ICacheStore.Touch"/> works, and reads return the remaining lifetime.</summary>
    Touch = 2,

    /// <summary><see cref="ICacheStore.AddToCounterAsync"/> works.</summary>
    Counter = 4,

    /// <summary><see cref="ICacheStore.GetOrLeaseAsync"/> works.</summary>
    Lease = 8,
}

/// <summary>
/// Stores opaque bytes. This is the extension point for other backends. It is below the envelope, so values in other backends are sealed, too.
/// Keys are 1 to 200 bytes of printable ASCII. Keys and values passed in are valid until the call completes. Thread-safe.
/// Faults are thrown as <see cref="MemcachedException"/> or <see cref="IOException"/>; the layer above handles them.
/// </summary>
/// <remarks>
/// The part of a key after its last <c>~</c> is not part of its route: with several servers, keys that differ only in that part are on the same server. The part identifies what is
/// stored: nothing for an entry, <c>~l</c> for its lease, <c>~g</c> for a generation, <c>~c</c> and <c>~s</c> for plain and sealed counters. Generations and counters must be the same for
/// all processes, so if their server does not answer, no other server is asked for them.
/// <para>
/// An unconditional removal that cannot be delivered is remembered, and performed before anything else is read from the place where the item is stored; the call still throws
/// <see cref="MemcachedUndeliveredException"/>. The key of a failed unconditional write is remembered, too, because the previous item may still be there, and a miss is better than
/// reading it. Writes that are refused because the server is known to be down count as failed. Removals and writes of a specific version are not remembered.
/// An application's own store need not implement any of this; it is done around the store.
/// </para>
/// </remarks>
public interface ICacheStore
{
    /// <summary>What this store supports.</summary>
    StoreCapabilities Capabilities { get; }

    /// <summary>Whether the store is already known to be unreachable at the moment; reads then return <see cref="StoredItem.Unreachable"/> immediately. Checking costs almost nothing.</summary>
    bool IsDown => false;

    /// <summary>The largest value it accepts, in bytes; larger values are rejected before they are sent.</summary>
    long LargestValue { get; }

    /// <summary>
    /// Announces that the requests which the calling thread starts from now on, without awaiting in between, until <see cref="SendGathered"/>, may be sent together. A hint that a store may ignore.
    /// </summary>
    void Gather()
    {
    }

    /// <summary>Announces that the next request is the last of the gathered ones, and the first that the caller waits for.</summary>
    void GatherLast()
    {
    }

    /// <summary>Sends everything requested since <see cref="Gather"/>. Called by the same thread, also after a fault.</summary>
    void SendGathered()
    {
    }

    /// <summary>
    /// Reads an item. If <paramref name="withValue"/> is false, only its flags, version and remaining lifetime are read. If the store is already known to be unreachable, the result is
    /// <see cref="StoredItem.Unreachable"/>.
    /// </summary>
    ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue = true, CancellationToken cancellationToken = default);

    /// <summary>Reads many items. The results are in the order of the keys. The result for a key that could not be requested is <see cref="StoredItem.Unreachable"/>.</summary>
    ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads an item. If there is none, one caller in the fleet gets <see cref="StoredItem.WonLease"/>, and the others get an empty item with flags 0
    /// until a value is stored there or <paramref name="lease"/> has elapsed (rounded up to whole seconds). Without <see cref="StoreCapabilities.Lease"/> this is a plain
    /// read: no caller gets a lease, and an absent item is not found.
    /// </summary>
    ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken = default);

    /// <summary>Writes an item. Returns <see cref="WriteOutcome.Unavailable"/> if the store is already known to be unreachable.</summary>
    /// <exception cref="MemcachedUndeliveredException">The write failed, and the removal of the previous item could not be remembered either.</exception>
    ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes many items. The outcomes are in the order of the items.</summary>
    /// <exception cref="MemcachedUndeliveredException">Some writes failed, and not all of them could be remembered.</exception>
    ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken = default);

    /// <summary>Removes an item; if <paramref name="version"/> is given, only if the item has that version. Returns false if nothing was removed.</summary>
    /// <exception cref="MemcachedUndeliveredException">An unconditional or conditional removal was not delivered.</exception>
    ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version = null, CancellationToken cancellationToken = default);

    /// <summary>Removes many items. Null stands for a removal that was not delivered and is remembered.</summary>
    /// <exception cref="MemcachedUndeliveredException">Some removals were not delivered, and not all of them could be remembered.</exception>
    ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Remembers that an item must be removed, without trying to remove it first. For items that other entries depend on: space is reserved for them even if there is none for others.
    /// Returns false if there is no space.
    /// </summary>
    bool Remember(ReadOnlyMemory<byte> key) => false;

    /// <summary>Changes an item's lifetime, without waiting for an answer; failures are counted.</summary>
    void Touch(ReadOnlyMemory<byte> key, TimeSpan life);

    /// <summary>Adds to a decimal counter, which is created with the lifetime <paramref name="life"/> if absent. Returns null if the item is not a counter.</summary>
    ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken = default);
}

/// <summary>An item to write.</summary>
/// <param name="Value">The bytes; valid until the write completes.</param>
/// <param name="Flags">32 bits stored with the value.</param>
/// <param name="Life">How long the store keeps the item, rounded up to whole seconds; null for as long as possible.</param>
/// <param name="Condition">The condition of the write.</param>
/// <param name="Version">The version that <see cref="WriteCondition.IfVersion"/> compares.</param>
/// <param name="FireAndForget">Whether not to wait for the store's acknowledgement; failures are counted.</param>
public readonly record struct StoreWrite(
    ReadOnlyMemory<byte> Value,
    uint Flags,
    TimeSpan? Life = null,
    WriteCondition Condition = WriteCondition.Always,
    ulong Version = 0,
    bool FireAndForget = false)
{
    /// <summary>What it replaces must not be found again, as after a removal: where an older one may be left elsewhere, that is a failure.</summary>
    internal bool MustNotComeBack { get; init; }
}

/// <summary>An item that was read. Its value may be in rented memory, which has one owner and is released once.</summary>
public readonly struct StoredItem
{
    private readonly byte[]? _rented;

    private readonly bool _isUnreachable;

    /// <summary>Creates an item whose value need not be released.</summary>
    public StoredItem(ReadOnlyMemory<byte> value, uint flags, ulong version, TimeSpan? remaining)
        : this(value, flags, version, remaining, rented: null)
    {
    }

    internal StoredItem(ReadOnlyMemory<byte> value, uint flags, ulong version, TimeSpan? remaining, byte[]? rented, bool wonLease = false) =>
        (Found, Value, Flags, Version, Remaining, _rented, WonLease) = (true, value, flags, version, remaining, rented, wonLease);

    /// <summary>The empty item that a lease left in place of a value.</summary>
    /// <param name="version">The placeholder's version, under which the lease's holder stores and releases.</param>
    /// <param name="wonLease">Whether this read took the lease.</param>
    public static StoredItem Placeholder(ulong version, bool wonLease) => new(default, flags: 0, version, remaining: null, rented: null, wonLease);

    private StoredItem(bool isUnreachable)
        : this() => _isUnreachable = isUnreachable;

    /// <summary>The store could not be asked: its server is known to be down, or did not answer.</summary>
    public static StoredItem Unreachable => new(isUnreachable: true);

    /// <summary>Whether the store could not be asked. Nothing is known about the item in this case, and <see cref="Found"/> is false.</summary>
    public bool IsUnreachable => _isUnreachable;

    /// <summary>Whether there was an item.</summary>
    public bool Found { get; }

    /// <summary>The bytes; not valid after <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The 32 bits stored with the value.</summary>
    public uint Flags { get; }

    /// <summary>The version; 0 if the store has no versions.</summary>
    public ulong Version { get; }

    /// <summary>How long the store will still keep the item; null if it never expires, or if the store does not tell.</summary>
    public TimeSpan? Remaining { get; }

    /// <summary>Whether the read found nothing and took the lease. All other callers now find an empty item with flags 0.</summary>
    public bool WonLease { get; }

    /// <summary>For who cannot go on without an answer.</summary>
    /// <exception cref="MemcachedConnectionException">Nobody could be asked.</exception>
    internal StoredItem OrThrow() =>
        IsUnreachable ? throw new MemcachedConnectionException("The cache server cannot be reached, and it is too early to try again.") : this;

    /// <summary>Returns the value's memory.</summary>
    public void Release()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
