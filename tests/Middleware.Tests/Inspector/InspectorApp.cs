using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>
/// An application with an inspector: in Production with the policies <c>operators</c> and <c>managers</c>, or in Development without any. The header X-Claims signs in, and X-Remote says
/// from where a request comes, X-Trace what the server calls it.
/// </summary>
internal sealed class InspectorApp : IAsyncDisposable
{
    public const string Operator = "customer_key=acme;sub=ana;sid=1;role=operator";
    public const string Manager = Operator + ";role=manager";

    private readonly Fleet _fleet;

    private InspectorApp(WebApplication app, Fleet fleet, CapturedLog log) => (App, _fleet, Log, Client) = (app, fleet, log, app.GetTestClient());

    public WebApplication App { get; }

    public CapturedLog Log { get; }

    public HttpClient Client { get; }

    public FakeClock Clock => _fleet.Clock;

    public IScopedCacheFactory Caches => App.Services.GetRequiredService<IScopedCacheFactory>();

    public static async Task<InspectorApp> StartAsync(
        string environment = "Production", Action<ScopedCacheInspectorOptions>? inspector = null, Action<ScopedCacheOptions>? caches = null, bool withPolicies = true, string pattern = "/cache")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        var (fleet, log) = (new Fleet(size: 0), new CapturedLog());
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseTestServer();
        fleet.Register(builder.Services, configure: options =>
        {
            options.RecentKeys = 100;
            caches?.Invoke(options);
        });
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, NoSignIn>("test", configureOptions: null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("operators", static policy => policy.RequireClaim("role", "operator"))
            .AddPolicy("managers", static policy => policy.RequireClaim("role", "manager"));
        var app = builder.Build();
        app.Use(static (context, next) =>
        {
            context.User = TestApp.Principal(context.Request.Headers["X-Claims"].ToString());
            context.Connection.RemoteIpAddress = IPAddress.TryParse(context.Request.Headers["X-Remote"], out var remote) ? remote : null;
            context.TraceIdentifier = context.Request.Headers["X-Trace"] is { Count: 1 } trace ? trace.ToString() : context.TraceIdentifier;
            return next(context);
        });
        app.UseAuthorization();
        app.UseScopedCache();
        app.MapScopedCacheInspector(pattern, options =>
        {
            (options.AuthorizationPolicy, options.ManagePolicy) = withPolicies ? ("operators", "managers") : (null, null);
            inspector?.Invoke(options);
        });
        await app.StartAsync();
        return new InspectorApp(app, fleet, log);
    }

    public async Task<Reply> GetAsync(string path, string claims = Operator, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, claims, headers);
    }

    /// <summary>As the page does: with the token it was given.</summary>
    public async Task<Reply> PostAsync(string path, object content, string claims = Operator, params (string Name, string Value)[] headers)
    {
        var state = await GetAsync("/cache/state", claims, [.. headers.Where(static header => header.Name is "X-Remote")]);
        return await PostWithoutTokenAsync(path, content, claims, [.. headers, ("X-Cache-Inspector", state.Json.GetProperty("token").GetString()!)]);
    }

    public async Task<Reply> PostWithoutTokenAsync(string path, object content, string claims = Operator, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content as HttpContent ?? JsonContent.Create(content) };
        return await SendAsync(request, claims, headers);
    }

    public async Task<string> IdOfAsync(string key, string claims = Manager) =>
        (await GetAsync("/cache/keys", claims)).Json.GetProperty("keys").EnumerateArray().Single(row => row.GetProperty("key").ValueEquals(key)).GetProperty("id").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        _fleet.Dispose();
    }

    private async Task<Reply> SendAsync(HttpRequestMessage request, string claims, (string Name, string Value)[] headers)
    {
        request.Headers.TryAddWithoutValidation("X-Claims", claims);
        foreach (var (name, value) in headers)
        {
            if (name is "Host")
            {
                request.Headers.Host = value;
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await Client.SendAsync(request);
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ToDictionary(
            static header => header.Key, static header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Somebody who is not allowed is told so, and not sent elsewhere.</summary>
    private sealed class NoSignIn(Microsoft.Extensions.Options.IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            Context.User.Identity is { IsAuthenticated: true } ? AuthenticateResult.Success(new AuthenticationTicket(Context.User, "test")) : AuthenticateResult.NoResult());
    }
}

internal sealed record Reply(HttpStatusCode Status, string Text, Dictionary<string, string> Headers)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string Outcome => Json.GetProperty("outcome").GetString()!;
}
