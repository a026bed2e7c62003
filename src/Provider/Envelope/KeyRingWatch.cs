using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Tells why a data key did not unwrap: its DataProtection key is unknown here (processes that should share a key ring do not), or everything
/// else (tampering, revocation, another application name). And tells what was revoked.
/// </summary>
internal sealed class KeyRingWatch(IKeyManager? keyManager, TimeProvider clock, ILogger logger)
{
    private const int KeyIdLength = 16;
    private static readonly TimeSpan s_remembered = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_refreshToExplain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_refreshForRevocations = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<Guid, bool>? _revokedById;
    private long? _refreshedAt;
    private long? _foreignAt;
    private bool _foreignLogged;
    private bool _mismatchLogged;

    /// <summary>Whether in the last five minutes an entry came from a key ring that this process does not have.</summary>
    public bool ForeignKeyRingSeen
    {
        get
        {
            lock (_lock)
            {
                return _foreignAt is { } at && clock.GetElapsedTime(at) < s_remembered;
            }
        }
    }

    // Every payload of DataProtection starts with this and the id of its key.
    private static ReadOnlySpan<byte> Magic => [0x09, 0xF0, 0xC9, 0xF0];

    /// <summary>Why this wrapped data key did not unwrap.</summary>
    public OpenOutcome Explain(ReadOnlySpan<byte> wrapped)
    {
        if (keyManager is null || !TryReadKeyId(wrapped, out var id))
        {
            return OpenOutcome.Tampered;
        }

        lock (_lock)
        {
            RefreshUnderLock(keyManager, s_refreshToExplain);
            if (_revokedById is null)
            {
                return OpenOutcome.Tampered;
            }

            if (!_revokedById.TryGetValue(id, out var revoked))
            {
                _foreignAt = clock.GetTimestamp();
                LogOnceUnderLock(ref _foreignLogged, Log.ForeignKeyRing);
                return OpenOutcome.ForeignKeyRing;
            }

            if (!revoked)
            {
                LogOnceUnderLock(ref _mismatchLogged, Log.DataKeyDidNotUnwrap);
            }

            return OpenOutcome.Tampered;
        }
    }

    /// <summary>
    /// Whether the DataProtection key was revoked, by the repository of all keys: DataProtection itself reads that once a day, and unwraps
    /// under a key that another process revoked until then.
    /// </summary>
    public bool IsRevoked(ReadOnlySpan<byte> wrapped)
    {
        if (keyManager is null || !TryReadKeyId(wrapped, out var id))
        {
            return false;
        }

        lock (_lock)
        {
            RefreshUnderLock(keyManager, s_refreshForRevocations);
            return _revokedById is not null && _revokedById.TryGetValue(id, out var revoked) && revoked;
        }
    }

    private static bool TryReadKeyId(ReadOnlySpan<byte> wrapped, out Guid id)
    {
        var starts = wrapped.Length >= Magic.Length + KeyIdLength && wrapped.StartsWith(Magic);
        id = starts ? new Guid(wrapped.Slice(Magic.Length, KeyIdLength)) : default;
        return starts;
    }

    /// <summary>Reading all keys goes to their repository, so not more often than needed.</summary>
    private void RefreshUnderLock(IKeyManager keys, TimeSpan oldest)
    {
        var now = clock.GetTimestamp();
        if (_refreshedAt is { } at && clock.GetElapsedTime(at, now) < oldest)
        {
            return;
        }

        _refreshedAt = now;
        try
        {
            _revokedById = keys.GetAllKeys().ToDictionary(key => key.KeyId, key => key.IsRevoked);
        }
        catch (Exception)
        {
            // The repository is away, for whatever reason of its own: what was known before still tells most.
        }
    }

    private void LogOnceUnderLock(ref bool logged, Action<ILogger> message)
    {
        if (!logged)
        {
            logged = true;
            message(logger);
        }
    }
}
