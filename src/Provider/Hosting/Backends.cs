using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Memcached.Distributed;

namespace ScopedCaching.Memcached.Hosting;

internal enum BackendKind
{
    Memcached,
    Embedded,
    Distributed,
    Null,

    /// <summary>An <see cref="ICacheStore"/> that the application registered under the backend's name.</summary>
    Own,
}

/// <summary>The backends there are to choose from: ours by their names, and the application's own by the keys of their registrations.</summary>
internal sealed class Backends(IServiceCollection registrations, IServiceProvider services)
{
    private static readonly Dictionary<string, BackendKind> s_ours = new(StringComparer.OrdinalIgnoreCase)
    {
        [CacheBackends.Memcached] = BackendKind.Memcached,
        [CacheBackends.Embedded] = BackendKind.Embedded,
        [CacheBackends.Distributed] = BackendKind.Distributed,
        [CacheBackends.Null] = BackendKind.Null,
    };

    private int _resolvingThread;

    public static BackendKind KindOf(MemcachedOptions options) =>
        options.Backend is null ? BackendKind.Memcached
        : s_ours.TryGetValue(options.Backend, out var kind) ? kind
        : BackendKind.Own;

    /// <summary>What is wrong with the chosen backend; null when nothing is. Registrations are looked at and nothing is made.</summary>
    public string? ProblemWith(MemcachedOptions options, bool isDevelopment)
    {
        var own = OwnNames();
        if (own.FirstOrDefault(s_ours.ContainsKey) is { } taken)
        {
            return $"An {nameof(ICacheStore)} is registered under the key '{taken}', which is the name of a built-in backend. Register it under another key.";
        }

        return KindOf(options) switch
        {
            BackendKind.Memcached when options.Servers.Count == 0 && options.Embedded is null && !(isDevelopment && options.Backend is null) =>
                // (What is beside the section is for the cache without a name.)
                $"No cache server is configured. Set '{options.Section}:Servers' (for example \"memcached:11211\")" +
                (string.Equals(options.Section, MemcachedOptions.DefaultSection, StringComparison.Ordinal) ? ", the environment variable CACHE_HOST, or ConnectionStrings:cache" : "") +
                $"; or '{options.Section}:Backend' = 'Null' to have no cache. Only in the Development environment, if no backend is configured, is the embedded server used automatically.",
            BackendKind.Distributed when !IsRegistered(typeof(IDistributedCache), CacheBackends.DistributedCacheKey) =>
                $"'{options.Section}:Backend' is '{options.Backend}', but no cache is registered for it. Call AddDistributedCacheBackend(services => …), or register an " +
                $"{nameof(IDistributedCache)} under the key '{CacheBackends.DistributedCacheKey}'. A registration without that key is not used, because MVC registers one that only uses this process's memory.",
            BackendKind.Own when !IsRegistered(typeof(ICacheStore), options.Backend!) =>
                $"'{options.Section}:Backend' is '{options.Backend}'. Allowed are {string.Join(", ", s_ours.Keys)}, and the keys under which the application registers its own " +
                $"{nameof(ICacheStore)} ({(own.Count == 0 ? "there is none" : string.Join(", ", own))}).",
            _ => null,
        };
    }

    /// <summary>The application's own store of that name.</summary>
    public ICacheStore OwnStore(MemcachedOptions options) => services.GetRequiredKeyedService<ICacheStore>(options.Backend);

    /// <summary>The other vendor's cache.</summary>
    /// <exception cref="MemcachedConfigurationException">It is this cache itself.</exception>
    public IDistributedCache DistributedCache(MemcachedOptions options)
    {
        // A factory that asks for the IDistributedCache without a key comes back here, in the same call: ours is what it gets.
        if (_resolvingThread == Environment.CurrentManagedThreadId)
        {
            throw Itself(options);
        }

        _resolvingThread = Environment.CurrentManagedThreadId;
        try
        {
            var cache = services.GetRequiredKeyedService<IDistributedCache>(CacheBackends.DistributedCacheKey);
            return cache is MemcachedDistributedCache ? throw Itself(options) : cache;
        }
        finally
        {
            _resolvingThread = 0;
        }
    }

    private static MemcachedConfigurationException Itself(MemcachedOptions options) => new(
        $"'{options.Section}:Backend' is '{CacheBackends.Distributed}', and the {nameof(IDistributedCache)} registered under the key '{CacheBackends.DistributedCacheKey}' is this cache itself. " +
        "Register another vendor's cache under that key; the one registered without a key is always this cache.");

    private List<string> OwnNames() =>
        [.. registrations.Where(static service => service.IsKeyedService && service.ServiceType == typeof(ICacheStore)).Select(static service => service.ServiceKey).OfType<string>().Distinct(StringComparer.Ordinal)];

    // A container of another make may know of more than was registered with us.
    private bool IsRegistered(Type type, string key) =>
        registrations.Any(service => service.IsKeyedService && service.ServiceType == type && key.Equals(service.ServiceKey))
        || services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(type, key) == true;
}
