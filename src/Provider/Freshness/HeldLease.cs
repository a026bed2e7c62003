using ScopedCaching.Memcached.Sealing;

namespace ScopedCaching.Memcached.Freshness;

/// <content>The lease in its holder's hands.</content>
internal sealed partial class FreshStore
{
    /// <summary>
    /// A lease that is held. A third of its time after the last, the holder gives a sign of life, so that leases can be short and a dead holder
    /// costs seconds.
    /// </summary>
    private sealed class HeldLease : EntryLease
    {
        /// <summary>The server counts in whole seconds, and the last one may be short.</summary>
        public static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

        private readonly FreshStore _owner;
        private readonly EntryAddress _address;
        private readonly ReadOnlyMemory<byte> _key;
        private readonly ulong _version;
        private readonly ulong _replaces;
        private readonly TimeSpan _time;
        private readonly bool _isPlaceholder;
        private readonly ITimer _heartbeat;
        private readonly Lock _beating = new();
        private long? _storingSince;
        private WriteOutcome? _stored;
        private int _ended;

        private HeldLease(FreshStore owner, EntryAddress address, KeyDomain domain, ulong version, ulong replaces, TimeSpan time)
        {
            (_owner, _address, _version, _replaces, _time, _isPlaceholder) = (owner, address, version, replaces, time, domain == KeyDomain.Entry);
            var key = owner.Store.Rent(address, domain);
            _key = key.Memory.ToArray();
            key.Return();
            _heartbeat = owner.Time.CreateTimer(static lease => _ = ((HeldLease)lease!).KeepAliveAsync(), this, time / 3, time / 3);
        }

        public static HeldLease OnEntry(FreshStore owner, EntryAddress address, ulong version, TimeSpan time) =>
            new(owner, address, KeyDomain.Entry, version, version, time);

        public static HeldLease OnCompanion(FreshStore owner, EntryAddress address, ulong version, ulong replaces, TimeSpan time) =>
            new(owner, address, KeyDomain.Lease, version, replaces, time);

        public override async ValueTask<WriteOutcome> StoreAsync<T>(T value, EntryWrite write, EntryGenerations generations)
        {
            // Under what is current by now a clear during the making would be lost.
            ArgumentNullException.ThrowIfNull(generations);
            lock (_beating)
            {
                _storingSince = _owner.Time.GetTimestamp();
            }

            try
            {
                var outcome = await _owner.WriteAsync(_address, value, write with { Condition = WriteCondition.IfVersion, Version = _replaces }, generations, CancellationToken.None)
                    .ConfigureAwait(false);
                _stored = outcome;
                return outcome;
            }
            catch (Exception fault) when (IsOfTheCache(fault))
            {
                _stored = WriteOutcome.Unavailable;
                throw;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
            {
                return;
            }

            await _heartbeat.DisposeAsync().ConfigureAwait(false);
            if (_stored == WriteOutcome.Stored && _isPlaceholder)
            {
                // The value has taken its place.
                return;
            }

            // A placeholder that another has stored over has another version, and stays.
            if (_stored == WriteOutcome.Unavailable)
            {
                // The caller is not made to wait for the same server once more.
                _ = _owner.DropAsync(_key, _version).AsTask();
            }
            else
            {
                await _owner.DropAsync(_key, _version).ConfigureAwait(false);
            }
        }

        private async Task KeepAliveAsync()
        {
            try
            {
                // Looked at first: what another stored there meanwhile keeps its own life.
                var item = await _owner.Store.FetchWithoutValueAsync(_key, CancellationToken.None).ConfigureAwait(false);
                lock (_beating)
                {
                    if (item.Found && item.Version == _version && _ended == 0 && !MayBeStoredNow)
                    {
                        _owner.Store.KeepAlive(_key, _time + Margin);
                    }
                }
            }
            catch (Exception fault) when (IsOfTheCache(fault))
            {
                // The next beat tries again; a lease that ends meanwhile lets another begin.
            }
        }

        // A sign of life behind the stored value would give that the lease's short life: no command touches one version alone. A value that takes longer than a beat is
        // written in many pieces, and must not lose its lease meanwhile.
        private bool MayBeStoredNow => _storingSince is { } since && _owner.Time.GetElapsedTime(since) < _time / 3;
    }

    private SealedStore Store => store;

    private TimeProvider Time => time;
}
