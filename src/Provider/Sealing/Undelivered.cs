namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// Removals and clears that did not reach the server. They are sent before anything is read from it again: what was to be gone must not come back with the server.
/// Meanwhile every read is a miss. Bounded; when there are too many removals of entries, the generations of their scopes are replaced instead.
/// </summary>
internal sealed class Undelivered(ICacheStore store, FaultPolicy faults)
{
    /// <summary>The most of either kind.</summary>
    public const int Most = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, EntryScope> _removals = [];
    private readonly Dictionary<Key, EntryAddress> _renewals = [];
    private volatile bool _isEmpty = true;
    private Task<bool>? _attempt;

    public bool IsEmpty => _isEmpty;

    /// <summary>Writes a new id under a generation's address. Said by the layer that knows.</summary>
    public Func<EntryAddress, ReadOnlyMemory<byte>, CancellationToken, ValueTask> Renew { private get; set; } = static (_, _, _) => default;

    /// <summary>Where the generation of a scope's level stands; null for a scope that has none. Said by the layer that knows.</summary>
    public Func<EntryScope, (EntryAddress Address, ReadOnlyMemory<byte> Key)?> LevelGeneration { private get; set; } = static _ => null;

    /// <summary>For exception filters, before what becomes of the fault is decided: remembers a removal that failed. Always true for a fault of the cache.</summary>
    public bool Remembers(Exception fault, EntryScope scope, ReadOnlyMemory<byte> key)
    {
        if (!IsFault(fault))
        {
            return false;
        }

        AddRemoval(scope, key.Span);
        return true;
    }

    /// <inheritdoc cref="Remembers(Exception, EntryScope, ReadOnlyMemory{byte})"/>
    public bool Remembers(Exception fault, EntryAddress generation, ReadOnlyMemory<byte> key)
    {
        if (!IsFault(fault))
        {
            return false;
        }

        AddRenewal(generation, key.Span);
        return true;
    }

    public void AddRemoval(EntryScope scope, ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            if (_removals.Count >= Most)
            {
                OverflowUnderLock();
            }

            _removals[new Key(key)] = scope;
            _isEmpty = false;
        }
    }

    public void AddRenewal(EntryAddress generation, ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            AddRenewalUnderLock(generation, new Key(key));
        }
    }

    /// <summary>Sends what is due; who comes meanwhile waits for the same attempt. False: it could not be sent, and nothing may be read yet.</summary>
    public Task<bool> TryDeliverAsync(CancellationToken cancellationToken)
    {
        Task<bool> attempt;
        lock (_lock)
        {
            attempt = _attempt is { IsCompleted: false } underway ? underway : _attempt = Task.Run(DeliverAsync, CancellationToken.None);
        }

        return attempt.WaitAsync(cancellationToken);
    }

    private async Task<bool> DeliverAsync()
    {
        try
        {
            while (Next() is { } due)
            {
                if (due.Generation is { } generation)
                {
                    await Renew(generation, due.Key.Bytes, CancellationToken.None).ConfigureAwait(false);
                }
                else
                {
                    await store.RemoveAsync(due.Key.Bytes, version: null, CancellationToken.None).ConfigureAwait(false);
                }

                Delivered(due.Key, due.Generation is not null);
            }

            return true;
        }
        catch (Exception fault) when (IsFault(fault))
        {
            return false;
        }
    }

    // Not what is the caller's own error, such as a backend that cannot do it at all.
    private static bool IsFault(Exception fault) => fault is (MemcachedException and not MemcachedClientException) or IOException;

    private (Key Key, EntryAddress? Generation)? Next()
    {
        lock (_lock)
        {
            foreach (var (key, generation) in _renewals)
            {
                return (key, generation);
            }

            foreach (var key in _removals.Keys)
            {
                return (key, null);
            }

            return null;
        }
    }

    private void Delivered(Key key, bool isRenewal)
    {
        lock (_lock)
        {
            _ = isRenewal ? _renewals.Remove(key) : _removals.Remove(key);
            _isEmpty = _renewals.Count == 0 && _removals.Count == 0;
        }
    }

    private void OverflowUnderLock()
    {
        foreach (var scope in _removals.Values.Distinct().ToArray())
        {
            if (LevelGeneration(scope) is { } level)
            {
                AddRenewalUnderLock(level.Address, new Key(level.Key.Span));
            }
            else
            {
                faults.TellForgotten();
            }
        }

        _removals.Clear();
    }

    private void AddRenewalUnderLock(EntryAddress generation, Key key)
    {
        if (_renewals.Count >= Most && !_renewals.ContainsKey(key))
        {
            faults.TellForgotten();
            return;
        }

        _renewals[key] = generation;
        _isEmpty = false;
    }

    /// <summary>A wire key that is compared by its bytes.</summary>
    private readonly struct Key(ReadOnlySpan<byte> bytes) : IEquatable<Key>
    {
        private readonly byte[] _bytes = bytes.ToArray();

        public ReadOnlyMemory<byte> Bytes => _bytes;

        public bool Equals(Key other) => _bytes.AsSpan().SequenceEqual(other._bytes);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(_bytes);
            return hash.ToHashCode();
        }
    }
}
