using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Tells why a data key did not unwrap: its DataProtection key is unknown here (processes that should share a key ring do not), or everything
/// else (tampering, revocation, another application name).
/// </summary>
internal sealed class KeyRingWatch(IKeyManager? keyManager, TimeProvider clock, ILogger logger)
{
    private const int KeyIdLength = 16;
    private static readonly TimeSpan s_remembered = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_refreshEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Dictionary<Guid, bool> _revokedById = [];
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

    public OpenOutcome Explain(ReadOnlySpan<byte> wrapped)
    {
        if (keyManager is null || wrapped.Length < Magic.Length + KeyIdLength || !wrapped.StartsWith(Magic))
        {
            return OpenOutcome.Tampered;
        }

        var id = new Guid(wrapped.Slice(Magic.Length, KeyIdLength));
        lock (_lock)
        {
            if (!TryRefreshUnderLock(keyManager))
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

    /// <summary>Reading all keys goes to their repository, so at most once a second.</summary>
    private bool TryRefreshUnderLock(IKeyManager keys)
    {
        if (_refreshedAt is { } at && clock.GetElapsedTime(at) < s_refreshEvery)
        {
            return true;
        }

        try
        {
            _revokedById = keys.GetAllKeys().ToDictionary(key => key.KeyId, key => key.IsRevoked);
        }
        catch (Exception) when (_refreshedAt is not null)
        {
            // The repository is away; what was known before still tells most.
        }
        catch (Exception)
        {
            return false;
        }

        _refreshedAt = clock.GetTimestamp();
        return true;
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
