using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Fills the options from the configuration and the environment; code that configures them runs afterwards and wins. Of a cache that has a name: from its own section alone.
/// </summary>
internal sealed class ConfigureFromSection(IConfiguration? configuration, IHostEnvironment? environment) : IConfigureNamedOptions<MemcachedOptions>
{
    public static readonly string[] Keys =
    [
        "Backend", "Prefix", "Servers", "Host", "Port", "ConnectTimeout", "Timeout", "Compress", "CompressionThreshold", "Encrypt", "Enabled",
        "KeySecret", "OnFailure", "ItemSizeLimit", "LargeValues", "MaxValueSize", "Fallback", "VerifyWrites", "MaxQueuedOperations", "MaxQueuedBytes",
        "Discovery", "DiscoveryInterval", "OnDeadServer", "FailoverLife",
        "Username", "Password", "Tls",
        "ConnectionsPerServer", "FailureThreshold", "LocalPath",
    ];

    public void Configure(MemcachedOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, MemcachedOptions options)
    {
        // Two caches of an application may share a server.
        name ??= Options.DefaultName;
        options.Prefix = (environment?.ApplicationName ?? "") + (name.Length == 0 ? "" : ":" + name);
        if (configuration is null)
        {
            return;
        }

        var section = CacheSection.Of(configuration, name);
        options.Servers = name.Length == 0 ? ServerSettings.Read(configuration, section) : ServerSettings.ReadSection(section, environmentPort: null);
        FallbackSettings.Read(section, options.Fallback);
        options.Backend = section.Text("Backend");
        options.Prefix = section.Text("Prefix") ?? options.Prefix;
        options.KeySecret = section.Text("KeySecret");
        section.Read<ServerDiscovery>("Discovery", value => options.Discovery = value);
        section.Read("DiscoveryInterval", value => options.DiscoveryInterval = value);
        section.Read<OnDeadServer>("OnDeadServer", value => options.OnDeadServer = value);
        section.Read("FailoverLife", value => options.FailoverLife = value);
        LinkSettings.Read(section, options);
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
        section.Read<LargeValues>("LargeValues", value => options.LargeValues = value);
        section.Read("MaxValueSize", 1, int.MaxValue, value => options.MaxValueSize = value);
        section.Read("VerifyWrites", value => options.VerifyWrites = value);
        section.Read("MaxQueuedOperations", 1, int.MaxValue, value => options.MaxQueuedOperations = value);
        section.Read("MaxQueuedBytes", 1, int.MaxValue, value => options.MaxQueuedBytes = value);
        section.Read("ConnectionsPerServer", 1, int.MaxValue, value => options.ConnectionsPerServer = value);
        section.Read("FailureThreshold", 1, int.MaxValue, value => options.FailureThreshold = value);
    }

    /// <summary>Tells of settings that nothing reads: most are spelling mistakes.</summary>
    public static void ReportUnknown(IConfiguration? configuration, string name, ISet<string> known, ILogger logger)
    {
        foreach (var key in configuration is null ? [] : CacheSection.Of(configuration, name).Keys)
        {
            if (!known.Contains(key))
            {
                Log.UnknownSetting(logger, CacheSection.PathOf(name) + ":" + key, string.Join(", ", known.Order(StringComparer.OrdinalIgnoreCase)));
            }
        }
    }
}
