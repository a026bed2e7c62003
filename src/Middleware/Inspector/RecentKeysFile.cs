using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Inspector;

/// <summary>
/// The recent keys in a file that several processes share, and that outlives them: sealed with DataProtection, readable by its owner only, replaced as a whole. Every few seconds, and
/// in the end, each process takes over what the others know and writes what all know. A file that is damaged, too large or sealed under other keys is an empty one.
/// </summary>
internal sealed class RecentKeysFile : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private const string Purpose = "ScopedCaching.RecentKeys.v1";
    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan s_removedKept = TimeSpan.FromMinutes(10);

    private readonly RecentKeys _keys;
    private readonly string _path;
    private readonly IDataProtector _protector;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private bool _hasFailed;
    private bool _isDisposed;

    public RecentKeysFile(RecentKeys keys, string path, IDataProtectionProvider protection, TimeProvider time, ILogger logger)
    {
        (_keys, _path, _time, _logger) = (keys, Path.GetFullPath(path), time, logger);
        _protector = protection.CreateProtector(Purpose);
        Exchange();
        _timer = ProcessWork.Begin(() => time.CreateTimer(static file => ((RecentKeysFile)file!).Exchange(), this, Period, Period));
    }

    /// <summary>Takes over what the file holds, and writes what is known now. Where another process is at it, it waits for the next time.</summary>
    public void Exchange()
    {
        lock (_lock)
        {
            try
            {
                using var turn = new FileStream(_path + ".lock", OwnerOnly(FileMode.OpenOrCreate));
                var before = Read();
                var since = _time.GetUtcNow() - s_removedKept;
                _keys.Merge(before.Keys.Select(static row => row.ToRow()), before.Removed.Select(static row => (row.ToAddress(), row.At)).Where(row => row.At >= since));
                var known = new StoredKeys(
                    [.. _keys.Latest().Select(static row => StoredKey.Of(row))],
                    [.. before.Removed.Concat(_keys.Removed().Select(static row => StoredRemoval.Of(row.Address, row.At))).Where(row => row.At >= since).Distinct()]);
                Write(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(known, InspectorJson.Default.StoredKeys)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // Another process may have its turn. What is no matter of turns is told, once.
                var isTurn = fault is IOException and not DirectoryNotFoundException;
                if (!isTurn && !_hasFailed)
                {
                    _hasFailed = true;
                    CacheLog.RecentKeysNotKept(_logger, fault.GetType().Name);
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _timer.Dispose();
        Exchange();
    }

    private StoredKeys Read()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MostBytes)
            {
                return StoredKeys.None;
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return JsonSerializer.Deserialize(_protector.Unprotect(bytes), InspectorJson.Default.StoredKeys) is { Keys: not null, Removed: not null } stored
                && Array.TrueForAll(stored.Keys, static key => key?.IsWhole == true) && Array.TrueForAll(stored.Removed, static removal => removal?.IsWhole == true)
                    ? stored
                    : StoredKeys.None;
        }
        catch (Exception fault) when (fault is IOException or CryptographicException or JsonException or ArgumentException)
        {
            return StoredKeys.None;
        }
    }

    private void Write(byte[] bytes)
    {
        // Beside the file, so that the move is one step; under a name that nobody can foresee and put something else at.
        var temporary = $"{_path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        try
        {
            using (var file = new FileStream(temporary, OwnerOnly(FileMode.CreateNew)))
            {
                file.Write(bytes);
            }

            File.Move(temporary, _path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStreamOptions OwnerOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}

/// <summary>What stands in the file.</summary>
internal sealed record StoredKeys(StoredKey[] Keys, StoredRemoval[] Removed)
{
    public static readonly StoredKeys None = new([], []);
}

internal sealed record StoredKey(
    string Prefix, string Level, string Isolation, string Id, string View, string Key, long Hits, DateTimeOffset UsedAt, int? Size, bool? IsEncrypted, DateTimeOffset? Deadline)
{
    public bool IsWhole => Prefix is not null && Level is { Length: > 0 } && Isolation is not null && Id is not null && View is not null && Key is not null;

    public static StoredKey Of(RecentKeyRow row)
    {
        var scope = row.Address.Scope;
        return new(scope.Prefix, scope.Level, scope.Isolation, scope.Id, scope.View, row.Address.Key, row.Hits, row.UsedAt, row.Size, row.IsEncrypted, row.Deadline);
    }

    public RecentKeyRow ToRow() => new(new EntryScope(Prefix, Level, Isolation, Id, View).Entry(Key), Hits, UsedAt, Size, IsEncrypted, Deadline, HasFacts: Size is not null);
}

internal sealed record StoredRemoval(string Prefix, string Level, string Isolation, string Id, string View, string Key, DateTimeOffset At)
{
    public bool IsWhole => Prefix is not null && Level is { Length: > 0 } && Isolation is not null && Id is not null && View is not null && Key is not null;

    public static StoredRemoval Of(EntryAddress address, DateTimeOffset at) =>
        new(address.Scope.Prefix, address.Scope.Level, address.Scope.Isolation, address.Scope.Id, address.Scope.View, address.Key, at);

    public EntryAddress ToAddress() => new EntryScope(Prefix, Level, Isolation, Id, View).Entry(Key);
}
