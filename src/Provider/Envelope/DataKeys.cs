using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// The data keys of this process: one to seal with for each isolation, and those unwrapped from entries that others sealed. All stand in one
/// cache of fixed capacity, found by isolation and wrapped bytes; the oldest leave first. Thread-safe.
/// </summary>
internal sealed class DataKeys : IDisposable
{
    private readonly DataKeyProtector _protector;
    private readonly KeyRingWatch _keyRing;
    private readonly FailureBudget _failures;
    private readonly TimeProvider _clock;
    private readonly CacheMetrics _metrics;
    private readonly ILogger _logger;
    private readonly DataKeyLimits _limits;
    private readonly RandomSource _random;

    private readonly ConcurrentDictionary<DataKey, DataKey> _unwrapped;
    private readonly ConcurrentDictionary<DataKey, DataKey>.AlternateLookup<WrappedKey> _lookup;
    private readonly ConcurrentDictionary<string, DataKey> _active = new(StringComparer.Ordinal);
    private readonly Queue<DataKey> _byAge = new();
    private readonly Lock _changes = new();
    private readonly Lock[] _creating = [.. Enumerable.Range(0, 32).Select(static _ => new Lock())];

    /// <remarks>The key manager tells foreign key rings from tampering; null where DataProtection has no key ring.</remarks>
    public DataKeys(
        IDataProtectionProvider provider, IKeyManager? keyManager, TimeProvider clock, CacheMetrics metrics, ILogger logger,
        DataKeyLimits? limits = null, RandomSource? random = null)
    {
        (_clock, _metrics, _logger) = (clock, metrics, logger);
        (_limits, _random) = (limits ?? DataKeyLimits.Default, random ?? RandomSource.Secure);
        _protector = new DataKeyProtector(provider);
        _keyRing = new KeyRingWatch(keyManager, clock, logger);
        _failures = new FailureBudget(_limits.FailuresPerSecond, clock);
        _unwrapped = new(new DataKeyComparer());
        _lookup = _unwrapped.GetAlternateLookup<WrappedKey>();
    }

    /// <summary>See <see cref="KeyRingWatch.ForeignKeyRingSeen"/>.</summary>
    public bool ForeignKeyRingSeen => _keyRing.ForeignKeyRingSeen;

    /// <summary>How many unwrapped keys are held.</summary>
    public int Count => _unwrapped.Count;

    /// <summary>The key to seal one message with; the caller releases it.</summary>
    /// <exception cref="MemcachedClientException">A new key was due and DataProtection could not protect it.</exception>
    public DataKey AcquireForSealing(string isolation)
    {
        var current = TryAcquireActive(isolation);
        return current is not null && current.CountMessage() <= _limits.Messages && !IsOld(current)
            ? current
            : ReplaceActive(isolation, current);
    }

    /// <summary>The key that an entry was sealed with; the caller releases it when the outcome is <see cref="OpenOutcome.Opened"/>.</summary>
    public OpenOutcome TryAcquire(string isolation, ReadOnlySpan<byte> wrapped, out DataKey? key)
    {
        if (_lookup.TryGetValue(new WrappedKey(isolation, wrapped), out key) && key.TryAcquire())
        {
            if (StillUnwraps(key))
            {
                return OpenOutcome.Opened;
            }

            key.Release();
            key = null;
            return _keyRing.Explain(wrapped);
        }

        key = null;
        if (_failures.IsExhausted || !TryUnwrap(isolation, wrapped, out var secret))
        {
            return _keyRing.Explain(wrapped);
        }

        key = Keep(new DataKey(isolation, wrapped.ToArray(), secret, _clock.GetTimestamp()), activate: false);
        return OpenOutcome.Opened;
    }

    /// <summary>Forgets and zeroes all keys, as soon as their users are done.</summary>
    public void Dispose()
    {
        foreach (var key in _unwrapped.Keys)
        {
            Drop(key);
        }
    }

    private DataKey? TryAcquireActive(string isolation)
    {
        if (!_active.TryGetValue(isolation, out var key) || !key.TryAcquire())
        {
            return null;
        }

        if (!StillUnwraps(key))
        {
            key.Release();
            return null;
        }

        return key;
    }

    /// <summary>One thread makes the new key; the others go on with the present one, or wait when there is none. Takes over the reference to <paramref name="current"/>.</summary>
    private DataKey ReplaceActive(string isolation, DataKey? current)
    {
        var creating = _creating[(uint)isolation.GetHashCode(StringComparison.Ordinal) % (uint)_creating.Length];
        if (current is null)
        {
            creating.Enter();
        }
        else if (!creating.TryEnter())
        {
            return current;
        }

        try
        {
            if (_active.TryGetValue(isolation, out var newer) && !ReferenceEquals(newer, current) && newer.TryAcquire())
            {
                newer.CountMessage();
                return newer;
            }

            return Create(isolation);
        }
        finally
        {
            creating.Exit();
            current?.Release();
        }
    }

    private DataKey Create(string isolation)
    {
        var secret = DataKeyProtector.NewSecret();
        _random.FillKey(secret);
        byte[] wrapped;
        try
        {
            wrapped = _protector.Wrap(isolation, secret);
        }
        catch (Exception exception)
        {
            CryptographicOperations.ZeroMemory(secret);
            throw new MemcachedClientException("DataProtection could not protect a data key, so the value was not sealed.", exception);
        }

        _metrics.DataKeyCreated();
        var key = Keep(new DataKey(isolation, wrapped, secret, _clock.GetTimestamp()), activate: true);
        key.CountMessage();
        return key;
    }

    /// <summary>Puts a key into the cache, or drops it for an equal one that is there; returns the one kept, with a reference for the caller.</summary>
    private DataKey Keep(DataKey key, bool activate)
    {
        key.TryAcquire();
        lock (_changes)
        {
            if (_unwrapped.TryGetValue(key, out var there) && there.TryAcquire())
            {
                key.Release();
                key.Release();
                return there;
            }

            _unwrapped[key] = key;
            _byAge.Enqueue(key);
            if (activate)
            {
                _active[key.Isolation] = key;
            }
        }

        while (TryTakeOldest() is { } oldest)
        {
            Drop(oldest);
        }

        return key;
    }

    private DataKey? TryTakeOldest()
    {
        lock (_changes)
        {
            return _byAge.Count > _limits.Capacity ? _byAge.Dequeue() : null;
        }
    }

    private void Drop(DataKey key)
    {
        lock (_changes)
        {
            if (!_unwrapped.TryGetValue(key, out var there) || !ReferenceEquals(there, key) || !_unwrapped.TryRemove(key, out _))
            {
                return;
            }

            _active.TryRemove(KeyValuePair.Create(key.Isolation, key));
        }

        key.Release();
    }

    private bool IsOld(DataKey key) => _clock.GetElapsedTime(key.CreatedAt) >= _limits.Lifetime;

    /// <summary>Every few minutes one user of the key has DataProtection unwrap it again; if that fails, the key is dropped.</summary>
    private bool StillUnwraps(DataKey key)
    {
        var (verifiedAt, now) = (key.VerifiedAt, _clock.GetTimestamp());
        if (_clock.GetElapsedTime(verifiedAt, now) < _limits.VerifyEvery || !key.TryBeginVerification(verifiedAt, now))
        {
            return true;
        }

        if (TryUnwrap(key.Isolation, key.Wrapped.Span, out var secret))
        {
            CryptographicOperations.ZeroMemory(secret);
            return true;
        }

        Drop(key);
        Log.DataKeyRevoked(_logger);
        return false;
    }

    private bool TryUnwrap(string isolation, ReadOnlySpan<byte> wrapped, [NotNullWhen(true)] out byte[]? secret)
    {
        secret = _keyRing.IsRevoked(wrapped) ? null : _protector.TryUnwrap(isolation, wrapped);
        _metrics.DataKeyUnwrapped(secret is not null);
        if (secret is null)
        {
            _failures.Spend();
        }

        return secret is not null;
    }
}
