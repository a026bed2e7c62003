using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

/// <summary>An application with nothing but settings, an environment's name and the cache.</summary>
internal sealed class Application : IDisposable
{
    private readonly ConfigurationManager _configuration;

    public Application(
        Dictionary<string, string?> settings, Action<MemcachedOptions>? code = null, string environment = "Production", Action<IServiceCollection>? before = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            DisableDefaults = true,
            ApplicationName = "the-shop",
            EnvironmentName = environment,
        });
        _configuration = builder.Configuration;
        _configuration.AddInMemoryCollection(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log);
        before?.Invoke(builder.Services);
        builder.Services.AddMemcachedCache(code);
        builder.Services.AddHealthChecks().AddMemcached();
        builder.Services.Configure<KeyManagementOptions>(options => options.XmlRepository = KeyRing);
        Host = builder.Build();
    }

    public IHost Host { get; }

    public RecordedLog Log { get; } = new();

    public MemoryKeyRing KeyRing { get; } = new();

    public MemcachedOptions Options => Host.Services.GetRequiredService<IOptionsMonitor<MemcachedOptions>>().CurrentValue;

    public ISealedStore Sealed => Host.Services.GetRequiredService<ISealedStore>();

    public IMemcachedClient Client => Host.Services.GetRequiredService<IMemcachedClient>();

    /// <summary>The options that come of these settings.</summary>
    public static MemcachedOptions OptionsOf(Action<MemcachedOptions>? code, params (string Key, string? Value)[] settings)
    {
        using var application = new Application(settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.OrdinalIgnoreCase), code);
        return application.Options;
    }

    /// <summary>The servers that come of these settings.</summary>
    public static string ServersOf(params (string Key, string? Value)[] settings) => string.Join(',', OptionsOf(code: null, settings).Servers);

    /// <summary>Why the application does not start with these settings.</summary>
    public static async Task<string> RefusalOfAsync(params (string Key, string? Value)[] settings)
    {
        using var application = new Application(settings.ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.OrdinalIgnoreCase));
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => application.Host.StartAsync());
        Assert.True(fault is OptionsValidationException or MemcachedConfigurationException, fault.ToString());
        return fault.Message;
    }

    /// <summary>Changes settings as an edited file does.</summary>
    public void Change(params (string Key, string? Value)[] settings)
    {
        foreach (var (key, value) in settings)
        {
            _configuration[key] = value;
        }

        ((IConfigurationRoot)_configuration).Reload();
    }

    public void Dispose() => Host.Dispose();
}
