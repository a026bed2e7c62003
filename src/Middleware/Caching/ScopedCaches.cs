using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>The caches of one scope source.</summary>
internal sealed class ScopedCaches(CacheServices services, IScopeSource source) : IScopedCache
{
    private const int MostKept = 32;

    private CacheView? _kept;
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
        if (Kept(prefix, level, options) is { } kept)
        {
            return kept;
        }

        if (level is { } chosen && !Enum.IsDefined(chosen))
        {
            throw new ArgumentOutOfRangeException(nameof(level));
        }

        return options?.Serializer is IWrappingValueSerializer
            ? Keep(Make(prefix, level, options))
            : Make(prefix, level, options);
    }

    private CacheView Make(string prefix, StorageLevel? level, CacheViewOptions? options) =>
        new(services.For(options?.Access ?? TierAccess.All), source, level, prefix, options);

    // Cached functions ask for the same few views again and again, and a view remembers its plan and scope. Theirs are known by what wraps their values.
    private CacheView? Kept(string prefix, StorageLevel? level, CacheViewOptions? options)
    {
        for (var view = options is null ? null : Volatile.Read(ref _kept); view is not null; view = view.KeptBefore)
        {
            if (view.Is(prefix, level, options))
            {
                return view;
            }
        }

        return null;
    }

    private CacheView Keep(CacheView view)
    {
        var before = Volatile.Read(ref _kept);
        view.KeptBefore = before;
        if ((before?.Position ?? 0) < MostKept)
        {
            // Two threads at once: one of the views is not kept, which does no harm.
            Volatile.Write(ref _kept, view);
        }

        return view;
    }

    public CachePolicy GetPolicy(string name) => services.Policy(name);

    public async ValueTask<bool> PurgeServerAsync(CancellationToken cancellationToken)
    {
        Forget();
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
            Forget();
        }

        void Forget()
        {
            services.Flights.InvalidateAll();
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
