// What stands beside the README's quick start in the fresh project: a cached function, and what was seen of entries.
using System.Collections.Concurrent;
using ScopedCaching;
using ScopedCaching.Memcached;

[assembly: HostingStartup(typeof(Beside))]

/// <summary>Found by the host in the application itself, so that the quick start can stay as it is.</summary>
public sealed class Beside : IHostingStartup, IStartupFilter, IEntryObserver
{
    private readonly ConcurrentQueue<EntryFacts> _seen = new();

    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(services => services
        .AddSingleton<IStartupFilter>(this).AddSingleton<IEntryObserver>(this)
        .AddScoped<Rates>());

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.Run(AnswerAsync);
    };

    public void Seen(in EntryAddress address, in EntryFacts facts) => _seen.Enqueue(facts);

    // Behind the quick start's own middleware: the customer is known here.
    private async Task AnswerAsync(HttpContext context)
    {
        var answer = context.Request.Path.Value switch
        {
            "/beside/seen" => string.Join('\n', _seen.Select(static entry => $"{entry.Deadline:O} {(entry.IsEncrypted ? "encrypted" : "plain")}")),
            "/beside/rate" => await context.RequestServices.GetRequiredService<Rates>().RateAsync("EUR", context.RequestAborted),
            _ => throw new InvalidOperationException($"The quick start has no {context.Request.Path}."),
        };
        await context.Response.WriteAsync(answer);
    }
}

public sealed partial class Rates(IScopedCache caches)
{
    private static int s_calls;

    [Cached(Seconds = 600)]
    public partial Task<string> RateAsync(string currency, CancellationToken ct = default);

    private static Task<string> RateUncachedAsync(string currency) => Task.FromResult($"{currency} {Interlocked.Increment(ref s_calls)}");
}
