using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// The options in force. A change of the configuration takes effect if it is valid; otherwise the former options stay and the
/// fault is logged: a typing error in a file must not stop a running service.
/// </summary>
internal sealed class LiveOptions : IOptionsMonitor<MemcachedOptions>, IDisposable
{
    private readonly IOptionsFactory<MemcachedOptions> _factory;
    private readonly ILogger _logger;
    private readonly IDisposable? _subscription;
    private MemcachedOptions _current;
    private Action<MemcachedOptions, string?>? _listeners;

    public LiveOptions(IOptionsFactory<MemcachedOptions> factory, IConfiguration? configuration, ISet<string> knownKeys, ILogger logger)
    {
        (_factory, _logger) = (factory, logger);
        _current = Create();
        ConfigureFromSection.ReportUnknown(configuration, knownKeys, logger);
        _subscription = configuration is null ? null : ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public MemcachedOptions CurrentValue => Volatile.Read(ref _current);

    public MemcachedOptions Get(string? name) => CurrentValue;

    public IDisposable OnChange(Action<MemcachedOptions, string?> listener)
    {
        _listeners += listener;
        return new Unsubscription(() => _listeners -= listener);
    }

    public void Dispose() => _subscription?.Dispose();

    private void Reload()
    {
        try
        {
            var changed = Create();
            if (!string.Equals(changed.Backend, _current.Backend, StringComparison.OrdinalIgnoreCase))
            {
                throw new MemcachedConfigurationException($"'Cache:Backend' was '{_current.Backend}' and is now '{changed.Backend}'. Another backend takes a restart.");
            }

            Volatile.Write(ref _current, changed);
            _listeners?.Invoke(changed, Options.DefaultName);
        }
        catch (Exception fault) when (fault is MemcachedConfigurationException or OptionsValidationException)
        {
            Log.ChangeRefused(_logger, fault.Message);
        }
    }

    private MemcachedOptions Create()
    {
        var options = _factory.Create(Options.DefaultName);

        // Without a cache nothing need be sealed, or asked for: it is the same as one that is switched off.
        options.Enabled &= Backends.KindOf(options) != BackendKind.Null;
        return options;
    }

    private sealed class Unsubscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
