using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// The options in force. A change of the configuration takes effect if it is valid; otherwise the former options stay and the
/// fault is logged: a typing error in a file must not stop a running service. Each cache has its own, by its name.
/// </summary>
internal sealed class LiveOptions : IOptionsMonitor<MemcachedOptions>, IDisposable
{
    private readonly IOptionsFactory<MemcachedOptions> _factory;
    private readonly string _name;
    private readonly ILogger _logger;
    private readonly IDisposable? _subscription;
    private MemcachedOptions _current;
    private Action<MemcachedOptions, string?>? _listeners;

    public LiveOptions(string name, IOptionsFactory<MemcachedOptions> factory, IConfiguration? configuration, ISet<string> knownKeys, ILogger logger)
    {
        (_name, _factory, _logger) = (name, factory, logger);
        _current = Create(name);
        ConfigureFromSection.ReportUnknown(configuration, name, knownKeys, logger);
        _subscription = configuration is null ? null : ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public MemcachedOptions CurrentValue => Volatile.Read(ref _current);

    public MemcachedOptions Get(string? name) => string.Equals(name ?? Options.DefaultName, _name, StringComparison.Ordinal) ? CurrentValue : Create(name!);

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
            var changed = Create(_name);
            if (!string.Equals(changed.Backend, _current.Backend, StringComparison.OrdinalIgnoreCase))
            {
                throw new MemcachedConfigurationException($"'{CacheSection.PathOf(_name)}:Backend' was '{_current.Backend}' and is now '{changed.Backend}'. Changing the backend requires a restart.");
            }

            Volatile.Write(ref _current, changed);
            _listeners?.Invoke(changed, _name);
        }
        catch (Exception fault) when (fault is MemcachedConfigurationException or OptionsValidationException)
        {
            Log.ChangeRefused(_logger, fault.Message);
        }
    }

    private MemcachedOptions Create(string name)
    {
        var options = _factory.Create(name);

        // Without a cache nothing need be sealed, or asked for: it is the same as one that is switched off.
        options.Enabled &= Backends.KindOf(options) != BackendKind.Null;
        return options;
    }

    private sealed class Unsubscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
