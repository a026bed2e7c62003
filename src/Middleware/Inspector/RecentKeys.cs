using System.Collections.Concurrent;
using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>
/// The keys used lately, each once, never more than the capacity. Thread-safe. Using a key that is known takes no lock; a new one takes it for a moment, and the place of one
/// that was not used for a while: the keys stand in a circle, and a hand gives each that was found again since it last passed a second chance.
/// </summary>
/// <remarks>Keys may hold what belongs to customers. They stay in this process's memory, and in the sealed file when there is one.</remarks>
internal sealed class RecentKeys(int capacity, TimeProvider time) : IEntryObserver
{
    /// <summary>A longer key is not remembered: the registry is bounded in keys, and so in bytes.</summary>
    public const int LongestKey = 1024;

    private const int RemovedKept = 256;

    private readonly ConcurrentDictionary<EntryAddress, RecentKey> _keys = new();
    private readonly RecentKey?[] _circle = new RecentKey?[Math.Max(capacity, 1)];
    private readonly Queue<(EntryAddress Address, DateTimeOffset At)> _removed = new();
    private readonly Lock _lock = new();
    private int _hand;
    private int _count;

    public int Capacity => _circle.Length;

    public int Count => Volatile.Read(ref _count);

    /// <summary>An entry was stored or opened.</summary>
    public void Seen(in EntryAddress address, in EntryFacts facts) => Find(address)?.Know(facts);

    /// <summary>A key was used.</summary>
    public void Use(in EntryAddress address, bool isHit) => Find(address)?.Use(time.GetUtcNow(), isHit);

    public RecentKey? Known(in EntryAddress address) => _keys.GetValueOrDefault(address);

    /// <summary>Forgets a key. False when it was not known.</summary>
    public bool Forget(in EntryAddress address)
    {
        lock (_lock)
        {
            return ForgetUnderLock(address);
        }
    }

    /// <summary>Forgets all keys of a scope: of its level when it has no view, else of the view.</summary>
    public void ForgetAll(EntryScope scope)
    {
        lock (_lock)
        {
            foreach (var address in _keys.Keys)
            {
                if (address.Scope.Equals(scope) || (scope.View.Length == 0 && address.Scope.WithView("").Equals(scope)))
                {
                    ForgetUnderLock(address);
                }
            }
        }
    }

    /// <summary>The keys whose entries have not ended, the one used last first.</summary>
    public RecentKeyRow[] Latest()
    {
        var now = time.GetUtcNow();
        return [.. _keys.Values.Where(key => !key.HasEnded(now)).Select(static key => key.ToRow()).OrderByDescending(static row => row.UsedAt)];
    }

    /// <summary>What was removed lately, so that others who share the list remove it too.</summary>
    public IReadOnlyList<(EntryAddress Address, DateTimeOffset At)> Removed()
    {
        lock (_lock)
        {
            return [.. _removed];
        }
    }

    /// <summary>Takes over what others know, where it is newer.</summary>
    public void Merge(IEnumerable<RecentKeyRow> rows, IEnumerable<(EntryAddress Address, DateTimeOffset At)> removed)
    {
        foreach (var row in rows)
        {
            if ((Known(row.Address) is { } own ? own.UsedAt < row.UsedAt : !WasRemovedSince(row)) && Find(row.Address) is { } key)
            {
                key.Restore(row);
            }
        }

        foreach (var (address, at) in removed)
        {
            if (Known(address) is { } key && key.UsedAt < at)
            {
                Forget(address);
            }
        }
    }

    private bool WasRemovedSince(RecentKeyRow row)
    {
        lock (_lock)
        {
            return _removed.Any(removed => removed.Address == row.Address && removed.At >= row.UsedAt);
        }
    }

    private RecentKey? Find(in EntryAddress address) =>
        _keys.TryGetValue(address, out var key) ? key : address.Key.Length > LongestKey ? null : Add(address);

    private RecentKey Add(in EntryAddress address)
    {
        lock (_lock)
        {
            if (_keys.TryGetValue(address, out var known))
            {
                return known;
            }

            // The first free place, or that of a key that nobody found again since the hand was here last.
            while (_circle[_hand] is { Used: true } used)
            {
                used.Pass();
                Advance();
            }

            if (_circle[_hand] is { } victim)
            {
                DropUnderLock(victim);
            }

            var key = new RecentKey(address) { Place = _hand };
            key.Use(time.GetUtcNow(), isHit: false);
            _circle[_hand] = key;
            _keys[address] = key;
            Volatile.Write(ref _count, _count + 1);
            Advance();
            return key;
        }
    }

    private bool ForgetUnderLock(in EntryAddress address)
    {
        if (!_keys.TryGetValue(address, out var key))
        {
            return false;
        }

        DropUnderLock(key);
        _removed.Enqueue((address, time.GetUtcNow()));
        if (_removed.Count > RemovedKept)
        {
            _removed.Dequeue();
        }

        return true;
    }

    private void DropUnderLock(RecentKey key)
    {
        _keys.TryRemove(key.Address, out _);
        _circle[key.Place] = null;
        Volatile.Write(ref _count, _count - 1);
    }

    private void Advance() => _hand = _hand + 1 == _circle.Length ? 0 : _hand + 1;
}
