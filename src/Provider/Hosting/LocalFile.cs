using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// The file that the embedded server's entries are kept in: sealed with DataProtection, readable by its owner only, replaced as a whole, every few seconds and in the end. It belongs to
/// one process at a time; another that names it starts empty and keeps nothing. A file that is damaged, or sealed under other keys, is an empty one.
/// </summary>
internal sealed class LocalFile : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly EmbeddedMemcached _server;
    private readonly string _path;
    private readonly IDataProtector _protector;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private FileStream? _turn;
    private ITimer? _timer;
    private byte[] _saved = [];

    public LocalFile(EmbeddedMemcached server, string path, IDataProtectionProvider protection, TimeProvider time, ILogger logger)
    {
        (_server, _path, _logger) = (server, Path.GetFullPath(path), logger);
        _protector = protection.CreateProtector("ScopedCaching.LocalCache.v1");
        try
        {
            _turn = new FileStream(_path + ".lock", OwnerOnly(FileMode.OpenOrCreate));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Log.LocalFileNotKept(_logger, fault.GetType().Name);
            return;
        }

        Load();
        _timer = ProcessWork.Begin(() => time.CreateTimer(static file => ((LocalFile)file!).Save(), this, Period, Period));
    }

    public void Dispose()
    {
        _timer?.Dispose();
        Save();
        lock (_lock)
        {
            _turn?.Dispose();
            (_turn, _timer) = (null, null);
        }
    }

    private void Load()
    {
        try
        {
            if (File.Exists(_path))
            {
                _server.Import(_protector.Unprotect(File.ReadAllBytes(_path)));
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            Log.LocalFileNotRead(_logger, fault.GetType().Name);
        }
    }

    private void Save()
    {
        lock (_lock)
        {
            if (_turn is null)
            {
                return;
            }

            var entries = _server.Export();
            var digest = SHA256.HashData(entries);
            if (digest.AsSpan().SequenceEqual(_saved))
            {
                return;
            }

            try
            {
                Write(_protector.Protect(entries));
                _saved = digest;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Log.LocalFileNotKept(_logger, fault.GetType().Name);
            }
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
