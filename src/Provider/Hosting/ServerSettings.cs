using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Where the servers are told, first wins: the environment (<c>CACHE_HOST</c>, <c>CACHE_PORT</c>), <c>ConnectionStrings:cache</c>, <c>Cache:Servers</c>, and
/// <c>Cache:Host</c> with <c>Cache:Port</c>. A <c>CACHE_PORT</c> of the form <c>tcp://host:port</c> is what Kubernetes gives for a Service called cache.
/// </summary>
internal static class ServerSettings
{
    private const string HostVariable = "CACHE_HOST";
    private const string PortVariable = "CACHE_PORT";
    private const string ConnectionString = "cache";

    private static readonly string[] s_serverKeys = ["Address", "Port", "Weight"];

    public static IList<MemcachedEndpoint> Read(IConfiguration configuration, CacheSection section)
    {
        var (environmentHost, environmentPort) = ReadEnvironment(configuration);
        if (environmentHost is not null)
        {
            return [Parse(HostVariable, environmentHost, environmentPort ?? MemcachedEndpoint.DefaultPort)];
        }

        if (configuration.GetConnectionString(ConnectionString) is { Length: > 0 } connection)
        {
            return ParseList("ConnectionStrings:" + ConnectionString, connection, environmentPort ?? MemcachedEndpoint.DefaultPort);
        }

        return ReadSection(section, environmentPort);
    }

    /// <summary>What the section alone tells.</summary>
    public static IList<MemcachedEndpoint> ReadSection(CacheSection section, int? environmentPort)
    {
        var port = environmentPort ?? MemcachedEndpoint.DefaultPort;
        if (environmentPort is null)
        {
            section.Read("Port", NumberRange.Port, value => port = value);
        }

        var servers = ReadServers(section, port);
        return servers.Count > 0 ? servers
            : section.Text("Host") is { } host ? [Parse(section.Path + ":Host", host, port)]
            : [];
    }

    private static (string? Host, int? Port) ReadEnvironment(IConfiguration configuration)
    {
        var host = configuration[HostVariable] is { Length: > 0 } text ? text : null;
        if (configuration[PortVariable] is not { Length: > 0 } portText)
        {
            return (host, null);
        }

        if (int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535)
        {
            return (host, port);
        }

        if (portText.StartsWith("tcp://", StringComparison.OrdinalIgnoreCase) && MemcachedEndpoint.TryParse(portText, port, out var endpoint, out _))
        {
            return (host ?? endpoint.Host, endpoint.Port);
        }

        throw new MemcachedConfigurationException(
            $"The environment variable {PortVariable} is '{portText}'. Allowed are ports from 1 to 65535, and tcp://host:port as Kubernetes sets it.");
    }

    /// <summary>The servers of a section.</summary>
    public static List<MemcachedEndpoint> ReadServers(CacheSection section, int defaultPort)
    {
        if (section.Text("Servers") is { } list)
        {
            return ParseList(section.Path + ":Servers", list, defaultPort);
        }

        var servers = new List<MemcachedEndpoint>();
        foreach (var child in section["Servers"].GetChildren())
        {
            // A text, or EnyimMemcachedCore's { "Address": …, "Port": … }, with a weight
            var key = child.Path;
            ThrowIfNotRead(child);
            servers.Add(child.Value is { } text
                ? Parse(key, text, defaultPort)
                : Parse(key, child["Address"] ?? "", ParsePort(key, child["Port"], defaultPort)) with { Weight = ParseWeight(key, child["Weight"]) });
        }

        return servers;
    }

    // What is not read changes where keys are found, and nobody would notice.
    private static void ThrowIfNotRead(IConfigurationSection server)
    {
        if (server.Value is null)
        {
            new CacheSection(server).ThrowUnlessOnly(s_serverKeys);
        }
        else if (server.GetChildren().FirstOrDefault() is { } unread)
        {
            throw new MemcachedConfigurationException(
                $"The setting '{unread.Path}' is not read, because '{server.Path}' is a single value. Allowed are a single value, or a section with {string.Join(", ", s_serverKeys)}.");
        }
    }

    private static List<MemcachedEndpoint> ParseList(string key, string list, int defaultPort) =>
        [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text => Parse(key, text, defaultPort))];

    private static int ParsePort(string key, string? text, int defaultPort) =>
        text is null ? defaultPort
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port
        : throw new MemcachedConfigurationException($"The setting '{key}:Port' is '{text}'. Allowed are ports from 1 to 65535.");

    private static int ParseWeight(string key, string? text) =>
        text is null ? 1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && NumberRange.Weight.Has(weight) ? weight
        : throw new MemcachedConfigurationException($"The setting '{key}:Weight' is '{text}'. Allowed are {NumberRange.Weight}.");

    private static MemcachedEndpoint Parse(string key, string text, int defaultPort) =>
        MemcachedEndpoint.TryParse(text, defaultPort, out var endpoint, out var problem)
            ? endpoint
            : throw new MemcachedConfigurationException($"The setting '{key}': {problem}");
}
