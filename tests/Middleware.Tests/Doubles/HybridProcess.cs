using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>A server, and the keys that all processes of an application share.</summary>
internal sealed class HybridFleet : IDisposable
{
    private readonly List<IDisposable> _processes = [];
    private readonly EphemeralDataProtectionProvider _keys = new();

    public HybridFleet() => Server = new EmbeddedMemcached(timeProvider: Clock);

    public FakeClock Clock { get; } = new();

    public EmbeddedMemcached Server { get; }

    /// <summary>A process of the application: memory of its own, and the server that it shares.</summary>
    public HybridProcess Start(
        StorageLevel level = StorageLevel.Stack, Action<ScopedHybridCacheOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IDataProtectionProvider>(_keys);
        services.AddScopedHybridCache(level, configure);
        services.WithPatience().Configure<MemcachedOptions>(static options => options.Prefix = "test");
        services.UseEmbeddedMemcached(Server);
        add?.Invoke(services);
        var process = new HybridProcess(services.BuildServiceProvider());
        _processes.Add(process);
        return process;
    }

    public void Dispose()
    {
        _processes.ForEach(static process => process.Dispose());
        Server.Dispose();
    }
}

internal sealed class HybridProcess(ServiceProvider services) : IDisposable
{
    public IServiceProvider Services => services;

    public HybridCache Cache => Of("acme");

    public ICache Stack => services.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;

    public HybridCache Of(string? customer, string? user = null, string? session = null) =>
        services.GetRequiredService<IScopedHybridCacheFactory>().Create(customer, user, session);

    public void Dispose() => services.Dispose();
}

/// <summary>Every line that is logged, with its number.</summary>
internal sealed class LoggedLines : ILoggerProvider, ILogger
{
    private readonly List<(int Id, string Text)> _lines = [];

    public IReadOnlyList<(int Id, string Text)> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((eventId.Id, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
    }
}
