using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Fills the options from the configuration and the environment; code that configures them runs afterwards and wins.</summary>
internal sealed class ConfigureFromSection(IConfiguration? configuration, IHostEnvironment? environment) : IConfigureOptions<MemcachedOptions>
{
    public static readonly string[] Keys =
    [
        "Backend", "Prefix", "Servers", "Host", "Port", "ConnectTimeout", "Timeout", "Compress", "CompressionThreshold", "Encrypt", "Enabled",
        "KeySecret", "OnFailure", "ItemSizeLimit", "VerifyWrites", "MaxQueuedOperations", "MaxQueuedBytes", "LocalPath",
    ];

    public void Configure(MemcachedOptions options)
    {
        options.Prefix = environment?.ApplicationName ?? "";
        if (configuration is null)
        {
            return;
        }

        var section = new CacheSection(configuration.GetSection(CacheSection.Name));
        options.Servers = ServerSettings.Read(configuration, section);
        options.Backend = section.Text("Backend");
        options.Prefix = section.Text("Prefix") ?? options.Prefix;
        options.KeySecret = section.Text("KeySecret");
        options.LocalPath = section.Text("LocalPath");
        section.Read("ConnectTimeout", value => options.ConnectTimeout = value);
        section.Read("Timeout", value => options.Timeout = value);
        section.Read("Compress", value => options.Compress = value);
        section.Read("CompressionThreshold", 0, int.MaxValue, value => options.CompressionThreshold = value);
        if (string.Equals(section.Text("Encrypt"), "Always", StringComparison.OrdinalIgnoreCase))
        {
            (options.Encrypt, options.EncryptCounters) = (true, true);
        }
        else
        {
            section.Read("Encrypt", value => options.Encrypt = value);
        }

        section.Read("Enabled", value => options.Enabled = value);
        section.Read<OnFailure>("OnFailure", value => options.OnFailure = value);
        section.Read("ItemSizeLimit", 1, int.MaxValue, value => options.ItemSizeLimit = value);
        section.Read("VerifyWrites", value => options.VerifyWrites = value);
        section.Read("MaxQueuedOperations", 1, int.MaxValue, value => options.MaxQueuedOperations = value);
        section.Read("MaxQueuedBytes", 1, int.MaxValue, value => options.MaxQueuedBytes = value);
    }

    /// <summary>Tells of settings that nothing reads: most are spelling mistakes.</summary>
    public static void ReportUnknown(IConfiguration? configuration, ISet<string> known, ILogger logger)
    {
        foreach (var key in configuration is null ? [] : new CacheSection(configuration.GetSection(CacheSection.Name)).Keys)
        {
            if (!known.Contains(key))
            {
                Log.UnknownSetting(logger, CacheSection.Name + ":" + key, string.Join(", ", known.Order(StringComparer.OrdinalIgnoreCase)));
            }
        }
    }
}
