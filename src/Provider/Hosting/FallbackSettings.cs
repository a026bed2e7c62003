using Microsoft.Extensions.Options;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>The section <c>Cache:Fallback</c>.</summary>
internal static class FallbackSettings
{
    public static void Read(CacheSection cache, MemcachedFallbackOptions options)
    {
        var section = new CacheSection(cache["Fallback"]);
        section.ThrowUnlessOnly("Servers", "Timeout");
        options.Servers = ServerSettings.ReadServers(section, MemcachedEndpoint.DefaultPort);
        section.Read("Timeout", value => options.Timeout = value);
    }
}

/// <summary>The options as the fallback servers are made of them. Without any the former ones stay: nobody asks them any more.</summary>
internal sealed class FallbackOptions(IOptionsMonitor<MemcachedOptions> options) : IOptionsMonitor<MemcachedOptions>
{
    public MemcachedOptions CurrentValue => options.CurrentValue.OfFallback();

    public MemcachedOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<MemcachedOptions, string?> listener) => options.OnChange((changed, name) =>
    {
        if (changed.Fallback.Servers.Count > 0)
        {
            listener(changed.OfFallback(), name);
        }
    });
}
