using System.Buffers;

namespace ScopedCaching.Memcached;

/// <summary>What a store can do beyond get, set and remove. Whoever needs what is missing degrades, as documented there.</summary>
[Flags]
public enum StoreCapabilities
{
    /// <summary>Get, set and remove.</summary>
    None = 0,

    /// <summary>Items have versions; <see cref="WriteCondition"/> other than <see cref="WriteCondition.Always"/> works.</summary>
    CompareAndSwap = 1,

    /// <summary><see cref="ICacheStore.Touch"/> works, and reads tell the remaining life.</summary>
    Touch = 2,

    /// <summary><see cref="ICacheStore.AddToCounterAsync"/> works.</summary>
    Counter = 4,

    /// <summary><see cref="ICacheStore.GetOrLeaseAsync"/> works.</summary>
    Lease = 8,
}

/// <summary>
/// Stores opaque bytes: the seam for other backends, below the envelope, so that what they hold is sealed too.
/// Keys are 1 to 200 bytes of printable ASCII. Keys and values passed in are valid until the call completes. Thread-safe.
/// Faults are thrown as <see cref="MemcachedException"/> or <see cref="IOException"/>; the layer above decides what becomes of them.
/// </summary>
/// <remarks>
/// What follows the last <c>~</c> of a key is no part of its route: on several servers, keys that differ only there stand on the same one. It tells the kind of what is
/// stored: nothing for an entry, <c>~l</c> for its lease, <c>~g</c> for a generation, <c>~c</c> and <c>~s</c> for counters, plain and sealed. Generations and counters must be the same for
/// everybody: where their server does not answer, they are not looked for on another one.
/// <para>
/// An unconditional removal that cannot be delivered is remembered, and made up for before anything is read again from where the item stands; it throws
/// <see cref="MemcachedUndeliveredException"/> all the same. So is the key of an unconditional write that failed: what was there before may be there still, and to miss it is better
/// than to read it. Writes that are refused because the server is known to be down count as failed. Removals and writes of a certain version are not remembered.
/// A store of the application's own needs nothing for that: it is done around it.
/// </para>
/// </remarks>
public interface ICacheStore
{
    /// <summary>What this store can do.</summary>
    StoreCapabilities Capabilities { get; }

    /// <summary>Whether nobody can be asked at present, as is known already: reads give <see cref="StoredItem.Unreachable"/> at once. Costs next to nothing to ask.</summary>
    bool IsDown => false;

    /// <summary>The largest value it takes, in bytes; larger ones are refused before they are sent.</summary>
    long LargestValue { get; }

    /// <summary>
    /// What the calling thread asks from now on, without awaiting anything, until <see cref="SendGathered"/> may be sent together. A hint, which a store may ignore.
    /// </summary>
    void Gather()
    {
    }

    /// <summary>What is asked next is the last of what is gathered, and what the caller waits for first.</summary>
    void GatherLast()
    {
    }

    /// <summary>Whatever was asked since <see cref="Gather"/> is on its way. Called by the same thread, also after a fault.</summary>
    void SendGathered()
    {
    }

    /// <summary>
    /// Reads an item. With <paramref name="withValue"/> false only its flags, version and remaining life. Where nobody can be asked, as is known already, it is
    /// <see cref="StoredItem.Unreachable"/>.
    /// </summary>
    ValueTask<StoredItem> GetAsync(ReadOnlyMemory<byte> key, bool withValue = true, CancellationToken cancellationToken = default);

    /// <summary>Reads many items; the results stand in the order of the keys. What could not be asked for is <see cref="StoredItem.Unreachable"/>.</summary>
    ValueTask<StoredItem[]> GetManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads an item. Where there is none, one caller of all gets <see cref="StoredItem.WonLease"/>, and the others an empty item with flags 0
    /// until something is stored there or <paramref name="lease"/> is over (rounded up to whole seconds). Without <see cref="StoreCapabilities.Lease"/> it is a plain
    /// read: nobody wins, and what is absent is not found.
    /// </summary>
    ValueTask<StoredItem> GetOrLeaseAsync(ReadOnlyMemory<byte> key, TimeSpan lease, CancellationToken cancellationToken = default);

    /// <summary>Writes an item. <see cref="WriteOutcome.Unavailable"/>: nobody can be asked, as is known already.</summary>
    /// <exception cref="MemcachedUndeliveredException">It failed, and that what was there before is to be removed could not be remembered either.</exception>
    ValueTask<WriteOutcome> SetAsync(ReadOnlyMemory<byte> key, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes many items; the outcomes stand in the order of the items.</summary>
    /// <exception cref="MemcachedUndeliveredException">Of those that failed some could not be remembered.</exception>
    ValueTask<WriteOutcome[]> SetManyAsync(ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>> items, CancellationToken cancellationToken = default);

    /// <summary>Removes an item, with <paramref name="version"/> only while it has that one; false when nothing was removed.</summary>
    /// <exception cref="MemcachedUndeliveredException">The removal, of any version, was not delivered.</exception>
    ValueTask<bool> RemoveAsync(ReadOnlyMemory<byte> key, ulong? version = null, CancellationToken cancellationToken = default);

    /// <summary>Removes many items; null stands for a removal that was not delivered and is remembered.</summary>
    /// <exception cref="MemcachedUndeliveredException">Of those that were not delivered some could not be remembered.</exception>
    ValueTask<bool?[]> RemoveManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Remembers that an item is to be removed, without trying first, where more depends on it than itself: there is room for these when there is none for others.
    /// False: there is none.
    /// </summary>
    bool Remember(ReadOnlyMemory<byte> key) => false;

    /// <summary>Gives an item another life, without an answer: what fails is counted.</summary>
    void Touch(ReadOnlyMemory<byte> key, TimeSpan life);

    /// <summary>Adds to a decimal counter, created with <paramref name="life"/> when absent; null when the item there is no counter.</summary>
    ValueTask<ulong?> AddToCounterAsync(ReadOnlyMemory<byte> key, long delta, TimeSpan? life, CancellationToken cancellationToken = default);
}

/// <summary>An item to be written.</summary>
/// <param name="Value">The bytes; valid until the write completes.</param>
/// <param name="Flags">32 bits kept beside the value.</param>
/// <param name="Life">How long the store keeps the item, rounded up to whole seconds; null for as long as it can.</param>
/// <param name="Condition">When the write takes place.</param>
/// <param name="Version">The version that <see cref="WriteCondition.IfVersion"/> compares.</param>
/// <param name="FireAndForget">Do not wait for the store's word; what fails is counted.</param>
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

/// <summary>An item that was read. Its value may stand in rented memory: one owner, who releases it once.</summary>
public readonly struct StoredItem
{
    private readonly byte[]? _rented;

    private readonly bool _isUnreachable;

    /// <summary>Creates an item whose value nobody needs back.</summary>
    public StoredItem(ReadOnlyMemory<byte> value, uint flags, ulong version, TimeSpan? remaining)
        : this(value, flags, version, remaining, rented: null)
    {
    }

    internal StoredItem(ReadOnlyMemory<byte> value, uint flags, ulong version, TimeSpan? remaining, byte[]? rented, bool wonLease = false) =>
        (Found, Value, Flags, Version, Remaining, _rented, WonLease) = (true, value, flags, version, remaining, rented, wonLease);

    /// <summary>The empty item that a lease left in its place.</summary>
    /// <param name="version">The placeholder's version, under which the lease's holder stores and releases.</param>
    /// <param name="wonLease">Whether this read took the lease.</param>
    public static StoredItem Placeholder(ulong version, bool wonLease) => new(default, flags: 0, version, remaining: null, rented: null, wonLease);

    private StoredItem(bool isUnreachable)
        : this() => _isUnreachable = isUnreachable;

    /// <summary>Nobody could be asked: the server is known to be down, or did not answer.</summary>
    public static StoredItem Unreachable => new(isUnreachable: true);

    /// <summary>Whether nobody could be asked. Nothing is known of the item then, and it is not <see cref="Found"/>.</summary>
    public bool IsUnreachable => _isUnreachable;

    /// <summary>Whether there was an item.</summary>
    public bool Found { get; }

    /// <summary>The bytes; not valid after <see cref="Release"/>.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The 32 bits kept beside the value.</summary>
    public uint Flags { get; }

    /// <summary>The version; 0 where the store has none.</summary>
    public ulong Version { get; }

    /// <summary>How long the store will still keep the item; null when it has no end, or the store does not tell.</summary>
    public TimeSpan? Remaining { get; }

    /// <summary>Whether the read found nothing and took the lease: everybody else now finds an empty item with flags 0.</summary>
    public bool WonLease { get; }

    /// <summary>For who cannot go on without an answer.</summary>
    /// <exception cref="MemcachedConnectionException">Nobody could be asked.</exception>
    internal StoredItem OrThrow() =>
        IsUnreachable ? throw new MemcachedConnectionException("The cache server cannot be reached, and it is too early to try again.") : this;

    /// <summary>Gives the value's memory back.</summary>
    public void Release()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
