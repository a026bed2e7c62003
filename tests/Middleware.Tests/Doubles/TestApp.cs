using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScopedCaching;

namespace Middleware.Tests.Doubles;

/// <summary>An application in the Production environment over the double or as one more process of a fleet, on the test server or on Kestrel. The header X-Claims signs in: <c>type=value;type=value</c>, identities apart by <c>|</c>.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private TestApp(WebApplication app, InMemorySealedStore store, HttpClient client) => (App, Store, Client) = (app, store, client);

    public WebApplication App { get; }

    public InMemorySealedStore Store { get; }

    public HttpClient Client { get; }

    public static async Task<TestApp> StartAsync(
        Action<WebApplication> map,
        Action<ScopedCacheOptions>? configure = null,
        Action<WebApplicationBuilder>? build = null,
        bool kestrel = false,
        bool useScopedCache = true,
        Fleet? fleet = null,
        params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)));
        if (kestrel)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        var clock = new FakeClock();
        var store = new InMemorySealedStore(clock);
        if (fleet is null)
        {
            builder.Services.AddMemcachedScopedCache(configure).AddDouble(store, clock);
        }
        else
        {
            fleet.Register(builder.Services, configure: configure);
        }

        build?.Invoke(builder);
        var app = builder.Build();
        app.Use(static (context, next) =>
        {
            context.User = Principal(context.Request.Headers["X-Claims"].ToString());
            return next(context);
        });
        if (useScopedCache)
        {
            app.UseScopedCache();
        }

        map(app);
        await app.StartAsync();
        return new TestApp(app, store, kestrel ? new HttpClient { BaseAddress = new Uri(Address(app)) } : app.GetTestClient());
    }

    public static ClaimsPrincipal Principal(string text) => new(text.Split('|').Select(static identity => new ClaimsIdentity(
        identity.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static claim => new Claim(claim.Split('=')[0], claim.Split('=')[1])),
        identity.Length == 0 ? null : "test")));

    public Task<string> GetAsync(string path, string claims = "") => GetAsync(path, new KeyValuePair<string, string>("X-Claims", claims));

    public async Task<string> GetAsync(string path, params KeyValuePair<string, string>[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }

    /// <summary>An operation's result, or the name of what it threw.</summary>
    public static async Task<string> TryAsync(Func<ValueTask<string?>> operation)
    {
        try
        {
            return await operation() ?? "nothing";
        }
        catch (ScopeUnavailableException error)
        {
            return $"{error.GetType().Name} {error.Level}: {error.Message}";
        }
    }

    private static string Address(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
