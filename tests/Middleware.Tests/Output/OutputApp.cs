using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Output;

/// <summary>An application with cached responses: each names its customer, its user and the number of its rendering.</summary>
internal sealed class OutputApp : IAsyncDisposable
{
    private readonly bool _ownsFleet;
    private int _renders;

    private OutputApp(Fleet fleet, bool ownsFleet) => (Fleet, _ownsFleet) = (fleet, ownsFleet);

    public Fleet Fleet { get; }

    public TestApp App { get; private set; } = null!;

    public FakeClock Clock => Fleet.Clock;

    public IServiceProvider Services => App.App.Services;

    /// <summary>The store beneath, with its hooks.</summary>
    public HookedStore Store => (HookedStore)Services.GetRequiredService<IFreshStore>();

    public IOutputCacheStackEviction Eviction => Services.GetRequiredService<IOutputCacheStackEviction>();

    /// <summary>How often an endpoint ran.</summary>
    public int Renders => Volatile.Read(ref _renders);

    /// <summary>Waits until so many requests have joined what another one makes.</summary>
    public Task JoinedAsync(int followers) => Eventually.TrueAsync(() => Services.GetRequiredService<CacheServices>().Flights.Followers >= followers);

    public static async Task<OutputApp> StartAsync(
        Action<WebApplication, OutputApp> map,
        Action<ScopedCacheOptions>? configure = null,
        Action<WebApplicationBuilder>? build = null,
        bool kestrel = false,
        bool useScopedCache = true,
        Fleet? fleet = null)
    {
        var output = new OutputApp(fleet ?? new Fleet(size: 1), ownsFleet: fleet is null);
        output.App = await TestApp.StartAsync(app => map(app, output), configure, build, kestrel, useScopedCache, output.Fleet);
        return output;
    }

    /// <summary>Counts a rendering, and says whose it is.</summary>
    public string Render(HttpContext context) =>
        $"{Interlocked.Increment(ref _renders)} {context.User.FindFirst("customer_key")?.Value} {context.User.FindFirst("sub")?.Value} {context.Request.Method} {context.Request.Path}{context.Request.QueryString}";

    public Task<Answer> GetAsync(string path, string claims = "customer_key=acme", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, claims, headers);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string claims = "customer_key=acme", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Claims", claims);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await App.Client.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(static header => header.Key, static header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        if (_ownsFleet)
        {
            Fleet.Dispose();
        }
    }
}

internal sealed record Answer(HttpStatusCode Status, string Body, Dictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
