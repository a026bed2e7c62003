using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>The caches of one scope source.</summary>
internal sealed class ScopedCaches(CacheServices services, IScopeSource source) : IScopedCache
{
    private CacheView? _cache;
    private CacheView? _stack;
    private CacheView? _session;
    private CacheView? _service;

    // Views hold nothing of their own, so two threads that make the same one at once do no harm.
    public ICache Cache => _cache ??= new CacheView(services, source, level: null, "", options: null);

    public ICache StackCache => _stack ??= new CacheView(services, source, StorageLevel.Stack, "", options: null);

    public ICache SessionCache => _session ??= new CacheView(services, source, StorageLevel.Session, "", options: null);

    public ICache ServiceCache => _service ??= new CacheView(services, source, StorageLevel.Service, "", options: null);

    public ICache GetCache(string prefix, StorageLevel? level = null, CacheViewOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (level is { } chosen && !Enum.IsDefined(chosen))
        {
            throw new ArgumentOutOfRangeException(nameof(level));
        }

        return new CacheView(services, source, level, prefix, options);
    }

    public CachePolicy GetPolicy(string name) => services.Policy(name);

    public async ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken)
    {
        services.Tiers.Doubt(source.Memory);
        try
        {
            await services.Purge(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MemcachedException)
        {
            return false;
        }
        finally
        {
            services.Local.Clear();
            services.Tiers.Doubt(source.Memory);
        }
    }
}

/// <summary>Makes caches of explicit scopes.</summary>
internal sealed class ScopedCacheFactory(CacheServices services, EntryScopes scopes, StorageLevel defaultLevel) : IScopedCacheFactory
{
    public IScopedCache Create(string? customer, string? user = null, string? session = null) =>
        new ScopedCaches(services, new FixedScopeSource(scopes, defaultLevel, customer, user, session));
}
