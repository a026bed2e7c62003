using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

public sealed class OperationTelemetryTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();

    [Fact]
    public async Task Operations_are_counted_by_level_kind_outcome_and_tier()
    {
        await using var process = Process(LogLevel.Information, []);
        var seen = new List<string>();
        using var listener = new MeterListener();
        var meters = process.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name is "scopedcaching.operations" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            Assert.Equal(1, count);
            seen.Add(string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}")));
        });
        listener.Start();

        await UseAsync(process);

        Assert.Equal(
            [
                "scopedcaching.level=stack scopedcaching.operation=get scopedcaching.outcome=miss scopedcaching.tier=none",
                "scopedcaching.level=stack scopedcaching.operation=set scopedcaching.outcome=stored scopedcaching.tier=none",
                "scopedcaching.level=stack scopedcaching.operation=get_or_create scopedcaching.outcome=hit scopedcaching.tier=shared",
                "scopedcaching.level=stack scopedcaching.operation=get_or_create scopedcaching.outcome=hit scopedcaching.tier=local",
            ],
            seen);
    }

    [Fact]
    public async Task Operations_are_logged_with_the_hash_of_their_key_when_somebody_wants_it()
    {
        var lines = new List<string>();
        await using var process = Process(LogLevel.Debug, lines);

        await UseAsync(process);

        var own = lines.Where(static line => line.StartsWith("2004 ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, own.Length);
        Assert.Matches("^2004 GetOrCreate at Stack: Hit, tier Local, entry [0-9a-f]{16}$", own[^1]);
        Assert.Single(own.Select(static line => line[^16..]).Distinct(StringComparer.Ordinal));
        Assert.DoesNotContain(lines, static line => line.Contains("secret", StringComparison.Ordinal) || line.Contains("acme", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_logged_of_operations_otherwise()
    {
        var lines = new List<string>();
        await using var process = Process(LogLevel.Information, lines);

        await UseAsync(process);

        Assert.DoesNotContain(lines, static line => line.StartsWith("2004 ", StringComparison.Ordinal));
    }

    public void Dispose() => _server.Dispose();

    private static async Task UseAsync(ServiceProvider process)
    {
        var cache = process.GetRequiredService<IScopedCacheFactory>().Create("acme").StackCache;
        await cache.GetAsync<string>("secret");
        await cache.SetAsync("secret", "secret value");
        await cache.GetOrCreateAsync("secret", static _ => Task.FromResult("unused"), CachePolicy.Local);
        await cache.GetOrCreateAsync("secret", static _ => Task.FromResult("unused"), CachePolicy.Local);
    }

    private ServiceProvider Process(LogLevel level, List<string> lines) => new ServiceCollection()
        .AddLogging(logging => logging.SetMinimumLevel(level).AddProvider(new Lines(lines)))
        .AddMemcachedScopedCache()
        .UseEmbeddedMemcached(_server)
        .WithPatience()
        .BuildServiceProvider();

    private sealed class Lines(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add($"{eventId.Id} {formatter(state, exception)}");
            }
        }

        public void Dispose()
        {
        }
    }
}
