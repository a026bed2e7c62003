using System.Buffers;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// Where addresses, envelopes and stores meet. A value is sealed under its address and stored under the address's hash; what is read is opened
/// under the address it was asked for, or is no hit.
/// </summary>
internal sealed partial class SealedStore(
    ICacheStore store, EnvelopeCodec codec, SealedKeys keys, FaultPolicy faults, Func<MemcachedOptions> options, CacheMetrics metrics, TimeProvider time,
    IEntryObserver? observer = null) : ISealedStore
{
    /// <summary>What is done about removals that the store cannot remember.</summary>
    public Undelivered Undelivered { get; } = new(store, faults);

    public long LargestValue => options() is { LargeValues: LargeValues.Chunk } splitting ? Math.Max(splitting.MaxValueSize, store.LargestValue) : store.LargestValue;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format, CancellationToken cancellationToken)
    {
        if (!options().Enabled)
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Miss));
        }

        if (store.IsDown)
        {
            return new SealedEntry<T>(Unreachable());
        }

        var key = keys.Rent(address);
        try
        {
            var item = await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            if (!item.IsUnreachable)
            {
                return Counted(IsManifest(item)
                    ? await OpenLargeAsync<T>(address, key.Memory, item, format ?? EntryFormat.Default, cancellationToken).ConfigureAwait(false)
                    : Open<T>(address, key.Memory, item, format ?? EntryFormat.Default));
            }
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Unavailable));
        }
        finally
        {
            key.Return();
        }

        return new SealedEntry<T>(Unreachable());
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!options().Enabled)
        {
            return Counted(ReadOutcome.Miss);
        }

        if (store.IsDown)
        {
            return Unreachable();
        }

        var key = keys.Rent(address);
        try
        {
            var item = await store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            if (!item.IsUnreachable)
            {
                return Counted(IsManifest(item)
                    ? await OpenLargeAsync(address, key.Memory, item, destination, cancellationToken).ConfigureAwait(false)
                    : Open(address, key.Memory, item, destination));
            }
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(ReadOutcome.Unavailable);
        }
        finally
        {
            key.Return();
        }

        return Unreachable();
    }

    public async ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfNoLife(write.Life);
        if (!options().Enabled)
        {
            return WriteOutcome.Disabled;
        }

        using var envelope = new PooledBuffer();
        var key = keys.Rent(address);
        try
        {
            return TrySeal(address, value, write, default, envelope, out var item, out var large)
                ? await SetAsync(address, key.Memory, item, write.Life, cancellationToken).ConfigureAwait(false)
                : await StoreLargeAsync(address, key.Memory, large, write, default, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (Undelivered.IsSeenTo(fault, address.Scope) && faults.Swallows(fault))
        {
            metrics.WriteDropped();
            return WriteOutcome.Unavailable;
        }
        finally
        {
            key.Return();
        }
    }

    public async ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken)
    {
        var key = keys.Rent(address);
        try
        {
            var removed = await store.RemoveAsync(key.Memory, version: null, cancellationToken).ConfigureAwait(false);
            return removed ? RemoveOutcome.Removed : RemoveOutcome.NotFound;
        }
        catch (Exception fault) when (Undelivered.IsSeenTo(fault, address.Scope) && faults.Swallows(fault))
        {
            metrics.RemovalUndelivered();
            return RemoveOutcome.Undelivered;
        }
        finally
        {
            key.Return();
        }
    }

    public string Fingerprint(EntryAddress address) => keys.Fingerprint(address);

    /// <summary>The outcome of a read that could not be asked for, as was known beforehand.</summary>
    public ReadOutcome Unreachable()
    {
        metrics.Read(ReadOutcome.Unavailable);
        faults.Unreachable();
        return ReadOutcome.Unavailable;
    }

    private SealedEntry<T> Counted<T>(SealedEntry<T> entry)
    {
        metrics.Read(entry.Outcome);
        return entry;
    }

    private ReadOutcome Counted(ReadOutcome outcome)
    {
        metrics.Read(outcome);
        return outcome;
    }

    private static void ThrowIfNoLife(in EntryLife life)
    {
        if (life.Absolute <= TimeSpan.Zero || life.Sliding <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(life), "A lifetime must be positive. For an entry that never expires, use EntryLife.Forever.");
        }
    }
}
