using System.Security.Cryptography;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>What stands beside a value beyond its life: set by the layer above, which alone knows what it means.</summary>
internal readonly record struct EntryMarks(ReadOnlyMemory<byte> Generations, ReadOnlyMemory<byte> Tags, DateTimeOffset? FreshUntil);

/// <summary>An entry that opened, in memory that lives as long as the buffer it was opened into.</summary>
internal readonly struct OpenedEntry(OpenedEnvelope envelope)
{
    public OpenedEnvelope Envelope => envelope;

    public ReadOnlySpan<byte> Generations => envelope.Generations.Span;

    public ReadOnlySpan<byte> Tags => envelope.Tags.Span;

    public DateTimeOffset? Deadline => envelope.Deadline;

    public DateTimeOffset? FreshUntil => envelope.FreshUntil;

    public bool IsSliding => envelope.Sliding is not null;

    public EntryPayload ToPayload() => new((byte)envelope.Tag, envelope.Payload.ToArray());
}

/// <content>The pieces that leases and generations are made of. Faults are thrown; <see cref="Swallows"/> is for exception filters.</content>
internal sealed partial class SealedStore
{
    public const int IdLength = EnvelopeLayout.GenerationIdLength;

    // An id is sealed like everything, and as every entry depends on it, as the options say.
    private static readonly EntryWrite s_id = new() { Format = new EntryFormat { Compress = false } };

    // memcached drops what nobody asks for. A store whose items cannot be touched slides them itself, and may keep what has no end for ever: one id for every session there ever was.
    private static readonly EntryWrite s_idleId = s_id with { Life = new EntryLife(Sliding: TimeSpan.FromDays(30)) };

    public bool IsEnabled => options().Enabled;

    public StoreCapabilities Capabilities => store.Capabilities;

    public RentedKey Rent(in EntryAddress address, KeyDomain domain = KeyDomain.Entry) => keys.Rent(address, domain);

    public bool Swallows(Exception fault) => faults.Swallows(fault);

    /// <summary>Whether faults are thrown, and not swallowed.</summary>
    public bool Throws => faults.Throws;

    /// <summary>Whether nobody can be asked, as is known already.</summary>
    public bool IsDown => store.IsDown;

    /// <inheritdoc cref="ICacheStore.Gather"/>
    public void Gather() => store.Gather();

    /// <inheritdoc cref="ICacheStore.GatherLast"/>
    public void GatherLast() => store.GatherLast();

    /// <inheritdoc cref="ICacheStore.SendGathered"/>
    public void SendGathered() => store.SendGathered();

    /// <summary>Reads as a store does; what comes may be <see cref="StoredItem.Unreachable"/>.</summary>
    public ValueTask<StoredItem> FetchAsync(ReadOnlyMemory<byte> key, TimeSpan? lease, CancellationToken cancellationToken) =>
        lease is { } time && store.Capabilities.HasFlag(StoreCapabilities.Lease)
            ? store.GetOrLeaseAsync(key, time, cancellationToken)
            : store.GetAsync(key, withValue: true, cancellationToken);

    /// <summary>Asks whether an item is there, and of which version; what comes may be <see cref="StoredItem.Unreachable"/>.</summary>
    public ValueTask<StoredItem> LookAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken) => store.GetAsync(key, withValue: false, cancellationToken);

    /// <summary>For who decides by what is there: throws when nobody could be asked.</summary>
    public async ValueTask<StoredItem> FetchWithoutValueAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        (await LookAsync(key, cancellationToken).ConfigureAwait(false)).OrThrow();

    public ValueTask<StoredItem[]> FetchManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> wireKeys, CancellationToken cancellationToken) =>
        store.GetManyAsync(wireKeys, cancellationToken);

    public ValueTask<bool> DropAsync(ReadOnlyMemory<byte> key, ulong? version, CancellationToken cancellationToken) => store.RemoveAsync(key, version, cancellationToken);

    public void KeepAlive(ReadOnlyMemory<byte> key, TimeSpan life) => store.Touch(key, life);

    /// <summary>Whether a newer version of this library wrote it: such an item is never overwritten.</summary>
    public static bool IsNewer(in StoredItem item) => item.Found && item.Value.Length > 0 && item.Value.Span[0] > EnvelopeLayout.Revision;

    /// <summary>Whether it is what a lease leaves in an entry's place.</summary>
    public static bool IsPlaceholder(in StoredItem item) => item.Found && ItemFlags.Of(item.Flags).Tag == ValueTag.None;

    public DateTimeOffset? FreshUntil(EntryWrite write) => write.FreshFor is { } time ? DeadlineAfter(time) : null;

    /// <summary>Of a manifest all but the value, which <see cref="LoadAsync"/> gives.</summary>
    public ReadOutcome TryOpen(in EntryAddress address, in StoredItem item, EntryFormat format, PooledBuffer scratch, out OpenedEntry opened)
    {
        if (IsManifest(item))
        {
            var manifest = OpenManifest(address, item, format, scratch, out var terms);
            opened = new OpenedEntry(terms);
            return manifest is null ? ReadOutcome.Unopenable : ReadOutcome.Hit;
        }

        var outcome = TryOpen(address, item, format, scratch, out OpenedEnvelope envelope);
        opened = new OpenedEntry(envelope);
        return outcome;
    }

    public bool TryRead<T>(in OpenedEntry opened, EntryFormat format, out T? value) => codec.TryRead(opened.Envelope, format, out value);

    public void SlideOn(ReadOnlyMemory<byte> key, in StoredItem item, DateTimeOffset? deadline) => Slide(key, item, deadline);

    public ReadOutcome Count(ReadOutcome outcome) => Counted(outcome);

    public void CountUndelivered() => metrics.RemovalUndelivered();

    public void CountDropped(long count = 1) => metrics.WriteDropped(count);

    /// <summary>Seals and stores under an address, with marks.</summary>
    public async ValueTask<WriteOutcome> StoreAsync<T>(
        EntryAddress address, T value, EntryWrite write, EntryMarks marks, CancellationToken cancellationToken)
    {
        using var envelope = new PooledBuffer();
        var key = keys.Rent(address);
        try
        {
            return TrySeal(address, value, write, marks, envelope, out var item, out var large)
                ? await SetAsync(address, key.Memory, item, write.Life, cancellationToken).ConfigureAwait(false)
                : await StoreLargeAsync(address, key.Memory, large, write, marks, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            key.Return();
        }
    }

    /// <summary>Tells the observer, if there is one, of an entry that opened.</summary>
    public void Tell(in EntryAddress address, in StoredItem item, DateTimeOffset? deadline) => observer?.Seen(
        address, new EntryFacts(item.Value.Length, ItemFlags.Of(item.Flags).Tag == ValueTag.Encrypted, deadline));

    private void Tell(in EntryAddress address, in StoreWrite item, WriteOutcome outcome, in EntryLife life)
    {
        if (observer is not null && outcome == WriteOutcome.Stored)
        {
            var deadline = life.Absolute is { } absolute ? DeadlineAfter(absolute) : (DateTimeOffset?)null;
            observer.Seen(address, new EntryFacts(item.Value.Length, ItemFlags.Of(item.Flags).Tag == ValueTag.Encrypted, deadline));
        }
    }

    /// <summary>The id that an item of a generation holds; null when there is none or it does not open.</summary>
    public Guid? TryOpenId(in EntryAddress address, in StoredItem item)
    {
        var scratch = PooledBuffer.RentFromThread();
        try
        {
            return TryOpen(address, item, s_id.Format, scratch, out OpenedEnvelope opened) == ReadOutcome.Hit && opened.Payload.Length == IdLength
                ? new Guid(opened.Payload.Span)
                : null;
        }
        finally
        {
            scratch.ReturnToThread();
        }
    }

    /// <summary>Writes a new id under a generation's address; null when the condition was not met.</summary>
    public async ValueTask<Guid?> StoreIdAsync(
        EntryAddress address, ReadOnlyMemory<byte> key, WriteCondition condition, ulong version, CancellationToken cancellationToken)
    {
        var bytes = RandomNumberGenerator.GetBytes(IdLength);
        using var envelope = new PooledBuffer();
        var write = Capabilities.HasFlag(StoreCapabilities.Touch) ? s_id : s_idleId;
        var item = Seal(address, bytes, write with { Condition = condition, Version = version }, default, envelope) with { MustNotComeBack = condition == WriteCondition.Always };
        var outcome = await store.SetAsync(key, item, cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            WriteOutcome.Stored => new Guid(bytes),
            WriteOutcome.Unavailable => throw new MemcachedConnectionException("A generation could not be written."),
            _ => null,
        };
    }

    /// <summary>A value as the bytes that would be sealed.</summary>
    public EntryPayload Pack<T>(T value, EntryFormat format)
    {
        using var buffer = new PooledBuffer();
        var tag = codec.Write(value, format, buffer);
        return new EntryPayload((byte)tag, buffer.WrittenSpan.ToArray());
    }

    public bool TryUnpack<T>(EntryPayload payload, EntryFormat format, out T? value) =>
        codec.TryRead(new OpenedEnvelope((ValueTag)payload.Tag, payload.Bytes, Deadline: null, Sliding: null, Generations: default), format, out value);
}
