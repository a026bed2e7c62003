using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>Several processes over one embedded server and one ring of keys: each has all of the product to itself, and can be paused and made to fail.</summary>
internal sealed class Fleet : IDisposable
{
    private readonly IDataProtectionProvider _ring = new EphemeralDataProtectionProvider();

    /// <param name="size">How many processes.</param>
    /// <param name="configure">The options of all.</param>
    /// <param name="time">The clock of all; null for a fake one.</param>
    /// <param name="apart">Whether each process has a clock of its own, which all stand at the same time first.</param>
    public Fleet(int size = 2, Action<ScopedCacheOptions>? configure = null, TimeProvider? time = null, bool apart = false)
    {
        Server = new EmbeddedMemcached(timeProvider: time ?? Clock);
        Processes = [.. Enumerable.Range(0, size).Select(_ => new FleetProcess(this, time ?? (apart ? new FakeClock() : Clock), configure))];
    }

    /// <summary>The server's clock, and that of the processes unless they have their own.</summary>
    public FakeClock Clock { get; } = new();

    public EmbeddedMemcached Server { get; }

    public FleetProcess[] Processes { get; }

    public FleetProcess this[int index] => Processes[index];

    /// <summary>Registers the caches of one more process, whose services are built by somebody else.</summary>
    public HookedStore Register(IServiceCollection services, TimeProvider? time = null, Action<ScopedCacheOptions>? configure = null)
    {
        var hooks = new HookedStore();
        services.AddSingleton(_ring);
        services.Replace(ServiceDescriptor.Singleton(time ?? Clock));
        services.AddMemcachedScopedCache(configure);
        services.UseEmbeddedMemcached(Server);
        services.WithPatience().Configure<MemcachedOptions>(static options => options.Prefix = "test");
        services.Replace(ServiceDescriptor.Singleton(_ring));
        var original = services.Last(static service => service.ServiceType == typeof(IFreshStore)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Singleton<IFreshStore>(provider =>
        {
            hooks.Inner = (IFreshStore)original(provider);
            return hooks;
        }));
        return hooks;
    }

    /// <summary>How many commands the server has executed.</summary>
    public async Task<long> CommandsAsync() => long.Parse((await Processes[0].Services.GetRequiredService<IMemcachedClient>().StatsAsync())["cmd_meta"]);

    /// <summary>Moves all clocks.</summary>
    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        foreach (var own in Processes.Select(static process => process.Clock).Where(clock => clock is not null && clock != Clock))
        {
            own!.Advance(by);
        }
    }

    /// <summary>Lets time pass, little by little, and no faster than the processes get answers, until the work is done: for who waits with pauses.</summary>
    public async Task<T> PassTimeAsync<T>(Task<T> work, params FakeClock[] clocks)
    {
        for (var step = 0; !work.IsCompleted; step++)
        {
            Assert.True(step < 20_000, "It did not end in time.");
            foreach (var clock in clocks.Length == 0 ? [Clock] : clocks)
            {
                clock.Advance(TimeSpan.FromMilliseconds(10));
            }

            // What a moment has set off (a beat of a lease, another look) goes on before the next one comes, however busy the machine is.
            foreach (var process in Processes)
            {
                await process.Services.GetRequiredService<IMemcachedClient>().StatsAsync();
            }

            await Task.WhenAny(work, Task.Delay(1));
        }

        return await work;
    }

    public void Dispose()
    {
        Array.ForEach(Processes, static process => process.Dispose());
        Server.Dispose();
    }
}

/// <summary>One of them.</summary>
internal sealed class FleetProcess : IDisposable
{
    private readonly ServiceProvider _services;

    public FleetProcess(Fleet fleet, TimeProvider time, Action<ScopedCacheOptions>? configure)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerProvider>(Log);
        Store = fleet.Register(services, time, configure);
        _services = services.BuildServiceProvider();
        Clock = time as FakeClock;
        Factory = _services.GetRequiredService<IScopedCacheFactory>();
        Caches = Factory.Create("acme", "user", "session");
    }

    public IServiceProvider Services => _services;

    public FakeClock? Clock { get; }

    public HookedStore Store { get; }

    public CapturedLog Log { get; } = new();

    public IScopedCacheFactory Factory { get; }

    public IScopedCache Caches { get; }

    public ICache Stack => Caches.StackCache;

    public LocalTier Local => _services.GetRequiredService<CacheServices>().Local;

    /// <summary>Waits until so many callers have joined the factory of another.</summary>
    public Task JoinedAsync(int followers) => Eventually.TrueAsync(() => _services.GetRequiredService<CacheServices>().Flights.Followers >= followers);

    public void Dispose() => _services.Dispose();
}
