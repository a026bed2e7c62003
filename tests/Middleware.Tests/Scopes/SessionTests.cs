using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Scopes;

public sealed class SessionTests
{
    [Fact]
    public async Task A_value_is_usable_from_a_later_request_of_the_same_session()
    {
        await using var app = await TestApp.StartAsync(MapRemember);
        Assert.Equal("nothing", await app.GetAsync("/", "customer_key=acme;sub=me;sid=1"));
        Assert.Equal("remembered", await app.GetAsync("/", "customer_key=acme;sub=me;sid=1"));
    }

    [Theory]
    [InlineData("customer_key=other;sub=me;sid=1")]
    [InlineData("customer_key=acme;sub=you;sid=1")]
    [InlineData("customer_key=acme;sub=me;sid=2")]
    public async Task Another_customer_user_or_session_finds_nothing(string claims)
    {
        await using var app = await TestApp.StartAsync(MapRemember);
        await app.GetAsync("/", "customer_key=acme;sub=me;sid=1");
        Assert.Equal("nothing", await app.GetAsync("/", claims));
    }

    [Theory]
    [InlineData("sub=me;sid=1", "o.Customer.")]
    [InlineData("customer_key=acme;sid=1", "o.User.")]
    [InlineData("customer_key=acme;sub=me;sub=you;sid=1", "o.User.")]
    [InlineData("customer_key=acme;sub=me", "o.Session.")]
    [InlineData("customer_key=acme;sub=me;sid=1|sid=2", "o.Session.")]
    public async Task All_three_parts_are_needed_and_the_missing_one_is_named(string claims, string resolver)
    {
        await using var app = await TestApp.StartAsync(MapRemember);
        var answer = await app.GetAsync("/", claims);
        Assert.StartsWith("ScopeUnavailableException Session", answer, StringComparison.Ordinal);
        Assert.Contains(resolver, answer, StringComparison.Ordinal);
        Assert.Empty(app.Store.Calls);
    }

    [Fact]
    public async Task The_user_is_the_name_identifier_then_sub_then_the_name()
    {
        await using var app = await TestApp.StartAsync(MapRemember);
        await app.GetAsync("/", $"customer_key=acme;sid=1;sub=me;{ClaimTypes.Name}=n");
        Assert.Equal("remembered", await app.GetAsync("/", $"customer_key=acme;sid=1;sub=other;{ClaimTypes.NameIdentifier}=me"));
        Assert.Equal("remembered", await app.GetAsync("/", $"customer_key=acme;sid=1;{ClaimTypes.Name}=me"));
        Assert.Equal("nothing", await app.GetAsync("/", $"customer_key=acme;sid=1;sub=me;{ClaimTypes.NameIdentifier}=other"));
    }

    [Fact]
    public async Task Neither_user_nor_session_id_is_readable_in_the_address()
    {
        await using var app = await TestApp.StartAsync(MapRemember);
        await app.GetAsync("/", "customer_key=acme;sub=user-me;sid=session-1");
        var scope = Assert.Single(app.Store.Addresses).Scope;
        Assert.Equal("acme", scope.Isolation);
        Assert.DoesNotContain("user-me", scope.Id, StringComparison.Ordinal);
        Assert.DoesNotContain("session-1", scope.Id, StringComparison.Ordinal);
        Assert.Equal(43, scope.Id.Length);
    }

    [Fact]
    public async Task An_aspnet_session_counts_by_opt_in_once_something_is_stored_in_it()
    {
        await using var app = await TestApp.StartAsync(
            static app =>
            {
                app.UseSession();
                app.MapGet("/start", static (HttpContext context) => context.Session.SetString("started", "yes"));
                app.MapGet("/clear", static (HttpContext context, IScopedCache caches) =>
                {
                    context.Session.Clear();
                    return RememberAsync(caches);
                });
                MapRemember(app);
            },
            static options => options.Session.FromAspNetSession(),
            static builder => builder.Services.AddDistributedMemoryCache().AddSession());
        using var client = app.App.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>() is Microsoft.AspNetCore.TestHost.TestServer server
            ? new HttpClient(new CookieHandler(server.CreateHandler())) { BaseAddress = server.BaseAddress }
            : throw new InvalidOperationException();
        client.DefaultRequestHeaders.Add("X-Claims", "customer_key=acme;sub=me;sid=ignored");

        Assert.StartsWith("ScopeUnavailableException Session", await client.GetStringAsync("/"), StringComparison.Ordinal);
        await client.GetStringAsync("/start");
        Assert.Equal("nothing", await client.GetStringAsync("/"));
        Assert.Equal("remembered", await client.GetStringAsync("/"));
        Assert.StartsWith("ScopeUnavailableException Session", await client.GetStringAsync("/clear"), StringComparison.Ordinal);
    }

    private static void MapRemember(WebApplication app) => app.MapGet("/", RememberAsync);

    private static Task<string> RememberAsync(IScopedCache caches) => TestApp.TryAsync(async () =>
    {
        var found = await caches.SessionCache.GetAsync<string>("a");
        await caches.SessionCache.SetAsync("a", "remembered");
        return found;
    });

    private sealed class CookieHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private string? _cookie;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (_cookie is not null)
            {
                request.Headers.Add("Cookie", _cookie);
            }

            var response = await base.SendAsync(request, cancellationToken);
            _cookie = response.Headers.TryGetValues("Set-Cookie", out var set) ? set.First().Split(';')[0] : _cookie;
            return response;
        }
    }
}
