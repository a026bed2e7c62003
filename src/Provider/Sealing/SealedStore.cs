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
    ICacheStore backend, EnvelopeCodec codec, SealedKeys keys, FaultPolicy faults, Func<MemcachedOptions> options, CacheMetrics metrics, TimeProvider time,
    IEntryObserver? observer = null) : ISealedStore
{
    // Nothing is read past what waits to be delivered.
    private readonly DeliveringStore _store = new(backend, faults);

    /// <summary>Removals and new generations that did not reach the server.</summary>
    public Undelivered Undelivered => _store.Undelivered;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SealedEntry<T>> ReadAsync<T>(EntryAddress address, EntryFormat? format, CancellationToken cancellationToken)
    {
        if (!options().Enabled)
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Miss));
        }

        var key = keys.Rent(address);
        try
        {
            var item = await _store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            return Counted(Open<T>(address, key.Memory, item, format ?? EntryFormat.Default));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(new SealedEntry<T>(ReadOutcome.Unavailable));
        }
        finally
        {
            key.Return();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOutcome> ReadAsync(EntryAddress address, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!options().Enabled)
        {
            return Counted(ReadOutcome.Miss);
        }

        var key = keys.Rent(address);
        try
        {
            var item = await _store.GetAsync(key.Memory, withValue: true, cancellationToken).ConfigureAwait(false);
            return Counted(Open(address, key.Memory, item, destination));
        }
        catch (Exception fault) when (faults.Swallows(fault))
        {
            return Counted(ReadOutcome.Unavailable);
        }
        finally
        {
            key.Return();
        }
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
            var item = Seal(address, value, write, default, envelope);
            var outcome = await _store.SetAsync(key.Memory, item, cancellationToken).ConfigureAwait(false);
            return outcome == WriteOutcome.Stored && options().VerifyWrites && !write.FireAndForget
                ? await VerifyAsync(key.Memory, item, cancellationToken).ConfigureAwait(false)
                : outcome;
        }
        catch (Exception fault) when (faults.Swallows(fault))
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
            var removed = await _store.RemoveAsync(key.Memory, version: null, cancellationToken).ConfigureAwait(false);
            return removed ? RemoveOutcome.Removed : RemoveOutcome.NotFound;
        }
        catch (Exception fault) when (Undelivered.Remembers(fault, address.Scope, key.Memory) && faults.Swallows(fault))
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
            throw new ArgumentOutOfRangeException(nameof(life), "A life must be positive. An entry that never ends has none (EntryLife.Forever).");
        }
    }
}
