using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Hosting;

/// <summary>
/// The options in force, for what may change at run time: policies. A change of the configuration takes effect if it is valid; otherwise the former options
/// stay, and the fault is logged.
/// </summary>
internal sealed class LiveScopedCacheOptions : IDisposable
{
    private readonly IOptionsFactory<ScopedCacheOptions> _factory;
    private readonly ILogger _logger;
    private readonly IDisposable? _subscription;
    private ScopedCacheOptions _current;

    public LiveScopedCacheOptions(IOptionsFactory<ScopedCacheOptions> factory, IConfiguration? configuration, ILogger logger)
    {
        (_factory, _logger) = (factory, logger);
        _current = factory.Create(Options.DefaultName);
        _subscription = configuration is null ? null : ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public ScopedCacheOptions Current => Volatile.Read(ref _current);

    public void Dispose() => _subscription?.Dispose();

    private void Reload()
    {
        try
        {
            Volatile.Write(ref _current, _factory.Create(Options.DefaultName));
        }
        catch (OptionsValidationException fault)
        {
            CacheLog.ChangeRefused(_logger, fault.Message);
        }
    }
}
