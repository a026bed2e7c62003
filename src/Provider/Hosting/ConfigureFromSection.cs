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

    private static readonly string[] s_sections = ["Servers", "Fallback", "Tls"];

    public void Configure(MemcachedOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, MemcachedOptions options)
    {
        // Two caches of an application may share a server.
        name ??= Options.DefaultName;
        options.Section = CacheSection.PathOf(name);
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
        section.Read("CompressionThreshold", NumberRange.CompressionThreshold, value => options.CompressionThreshold = value);
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
        section.Read("ItemSizeLimit", NumberRange.ItemSizeLimit, value => options.ItemSizeLimit = value);
        section.Read<LargeValues>("LargeValues", value => options.LargeValues = value);
        section.Read("MaxValueSize", NumberRange.MaxValueSize, value => options.MaxValueSize = value);
        section.Read("VerifyWrites", value => options.VerifyWrites = value);
        section.Read("MaxQueuedOperations", NumberRange.MaxQueuedOperations, value => options.MaxQueuedOperations = value);
        section.Read("MaxQueuedBytes", NumberRange.MaxQueuedBytes, value => options.MaxQueuedBytes = value);
        section.Read("ConnectionsPerServer", NumberRange.ConnectionsPerServer, value => options.ConnectionsPerServer = value);
        section.Read("FailureThreshold", NumberRange.FailureThreshold, value => options.FailureThreshold = value);
    }

    /// <summary>Tells of settings that nothing reads: most are spelling mistakes.</summary>
    public static void ReportUnknown(IConfiguration? configuration, string name, ISet<string> known, ILogger logger)
    {
        var section = configuration is null ? null : CacheSection.Of(configuration, name);
        foreach (var key in section?.Keys ?? [])
        {
            // Below ours that are one value nothing is read; what is below others is theirs to look at.
            var isSingle = Keys.Contains(key, StringComparer.OrdinalIgnoreCase) && !s_sections.Contains(key, StringComparer.OrdinalIgnoreCase);
            var unread = !known.Contains(key) ? section![key]
                : isSingle ? section![key].GetChildren().FirstOrDefault()
                : null;
            if (unread is not null)
            {
                Log.UnknownSetting(logger, unread.Path, string.Join(", ", known.Order(StringComparer.OrdinalIgnoreCase)));
            }
        }
    }
}
