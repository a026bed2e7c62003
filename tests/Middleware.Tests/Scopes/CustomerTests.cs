using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Scopes;

public sealed class CustomerTests
{
    [Theory]
    [InlineData("customer_key=acme", "acme")]
    [InlineData("customer_key=acme;customer_key=acme", "acme")]
    [InlineData("customer_key=acme|customer_key=acme", "acme")]
    [InlineData("customer_key=Acme", "Acme")]
    [InlineData("customer_key=acme|sub=me", "acme")]
    public async Task The_customer_is_the_claim_that_the_identities_agree_on(string claims, string customer)
    {
        await using var app = await TestApp.StartAsync(MapSet);
        Assert.Equal("set", await app.GetAsync("/", claims));
        Assert.Equal(customer, Assert.Single(app.Store.Addresses).Scope.Isolation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sub=me")]
    [InlineData("customer_key=")]
    [InlineData("customer_key= ")]
    [InlineData("customer_key=acme;customer_key=other")]
    [InlineData("customer_key=acme;customer_key=Acme")]
    [InlineData("customer_key=acme|customer_key=other")]
    [InlineData("customer_key=acme|customer_key=")]
    public async Task A_customer_that_is_absent_blank_or_disputed_is_refused_and_nothing_is_stored(string claims)
    {
        await using var app = await TestApp.StartAsync(MapSet);
        Assert.StartsWith("ScopeUnavailableException Stack", await app.GetAsync("/", claims), StringComparison.Ordinal);
        Assert.Empty(app.Store.Calls);
    }

    [Fact]
    public async Task A_claim_of_an_identity_that_is_not_authenticated_does_not_count()
    {
        await using var app = await TestApp.StartAsync(static app =>
        {
            app.Use(static (context, next) =>
            {
                context.User = new(new ClaimsIdentity([new("customer_key", "acme")]));
                return next(context);
            });
            MapSet(app);
        });
        Assert.StartsWith("ScopeUnavailableException", await app.GetAsync("/", "customer_key=acme"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misconfigured_claim_type_stores_nothing_at_any_level_and_names_the_resolver()
    {
        await using var app = await TestApp.StartAsync(MapSet, static options => options.Customer.FromClaim("institution"));
        var answer = await app.GetAsync("/", "customer_key=acme;sub=me;sid=1");
        Assert.Contains("'institution'", answer, StringComparison.Ordinal);
        Assert.Contains("o.Customer.FromClaim(", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("acme", answer, StringComparison.Ordinal);
        Assert.Empty(app.Store.Calls);
    }

    [Fact]
    public async Task The_claim_comes_from_the_configuration_and_code_wins_over_it()
    {
        await using var configured = await TestApp.StartAsync(MapSet, settings: ("Cache:CustomerClaim", "institution"));
        Assert.Equal("set", await configured.GetAsync("/", "institution=acme"));

        await using var coded = await TestApp.StartAsync(MapSet, static options => options.Customer.FromClaim("bank"), settings: ("Cache:CustomerClaim", "institution"));
        Assert.Equal("set", await coded.GetAsync("/", "bank=acme;institution=other"));
        Assert.Equal("acme", Assert.Single(coded.Store.Addresses).Scope.Isolation);
    }

    [Fact]
    public async Task The_customer_can_come_from_the_route()
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/{bank}/set", SetAsync), static options => options.Customer.FromRouteValue("bank"));
        Assert.Equal("set", await app.GetAsync("/acme/set"));
        Assert.Equal("acme", Assert.Single(app.Store.Addresses).Scope.Id);
    }

    [Fact]
    public async Task The_customer_can_come_from_the_host_by_a_map_that_refuses_others()
    {
        await using var app = await TestApp.StartAsync(
            MapSet, static options => options.Customer.FromHost(new Dictionary<string, string>(StringComparer.Ordinal) { ["acme.bank.example"] = "acme" }));
        Assert.Equal("set", await app.GetAsync("/", KeyValuePair.Create("Host", "ACME.bank.example:8080")));
        Assert.StartsWith("ScopeUnavailableException", await app.GetAsync("/", KeyValuePair.Create("Host", "evil.example")), StringComparison.Ordinal);
        Assert.Equal("acme", Assert.Single(app.Store.Addresses).Scope.Isolation);
    }

    [Fact]
    public async Task A_header_counts_only_when_it_was_declared_trusted()
    {
        await using var untrusting = await TestApp.StartAsync(MapSet);
        Assert.StartsWith("ScopeUnavailableException", await untrusting.GetAsync("/", KeyValuePair.Create("customer_key", "acme")), StringComparison.Ordinal);

        await using var trusting = await TestApp.StartAsync(MapSet, static options => options.Customer.FromTrustedHeader("X-Customer"));
        Assert.Equal("set", await trusting.GetAsync("/", KeyValuePair.Create("X-Customer", "acme")));
        Assert.StartsWith(
            "ScopeUnavailableException",
            await trusting.GetAsync("/", KeyValuePair.Create("X-Customer", "acme"), KeyValuePair.Create("X-Customer", "other")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_of_ones_own_runs_once_a_request_as_long_as_it_finds_something()
    {
        var resolver = new CountingResolver();
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/", static async (IScopedCache caches) =>
            {
                await caches.StackCache.SetAsync("a", 1);
                return await caches.StackCache.GetAsync<int>("a");
            }),
            options => options.Customer.From(resolver));
        Assert.Equal("1", await app.GetAsync("/"));
        Assert.Equal(1, resolver.Runs);
        Assert.Equal("counted", Assert.Single(app.Store.Addresses).Scope.Isolation);
    }

    [Fact]
    public async Task A_user_who_changes_within_a_request_is_resolved_anew_and_not_known_is_not_remembered()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
        {
            var before = await TestApp.TryAsync(() => caches.StackCache.GetAsync<string>("a"));
            foreach (var customer in new[] { "acme", "other", "acme" })
            {
                context.User = TestApp.Principal($"customer_key={customer}");
                await caches.StackCache.GetOrCreateAsync("a", _ => Task.FromResult(customer));
            }

            return $"{before[..25]} {await caches.StackCache.GetAsync<string>("a")}";
        }));
        Assert.Equal("ScopeUnavailableException acme", await app.GetAsync("/"));
        Assert.Equal(["acme", "other"], app.Store.Addresses.Select(static address => address.Scope.Isolation).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_joins_the_user_within_a_request_and_disagrees_makes_the_customer_unknown()
    {
        await using var app = await TestApp.StartAsync(static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
        {
            context.User = TestApp.Principal("customer_key=acme");
            await caches.StackCache.SetAsync("a", 1);
            context.User.AddIdentities(TestApp.Principal("customer_key=other").Identities);
            return (await TestApp.TryAsync(() => caches.StackCache.GetAsync<string>("a")))[..25];
        }));
        Assert.Equal("ScopeUnavailableException", await app.GetAsync("/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_that_is_exchanged_within_the_same_identity_counts_from_then_on(bool byFunction)
    {
        await using var app = await TestApp.StartAsync(
            static app => app.MapGet("/", static async (HttpContext context, IScopedCache caches) =>
            {
                // As many claims as before, the last one the same: who acts for another customer may well rebuild them so.
                var identity = new ClaimsIdentity([new("customer_key", "acme"), new("sub", "me")], "test");
                context.User = new(identity);
                await caches.StackCache.SetAsync("a", "acme's");
                var kept = identity.FindFirst("sub")!;
                identity.RemoveClaim(identity.FindFirst("customer_key"));
                identity.RemoveClaim(kept);
                identity.AddClaims([new("customer_key", "other"), kept]);
                return await caches.StackCache.GetOrCreateAsync("a", static _ => Task.FromResult("other's"));
            }),
            options =>
            {
                if (byFunction)
                {
                    options.Customer.From(static context => new(context.User.FindFirst("customer_key")?.Value));
                }
            });
        Assert.Equal("other's", await app.GetAsync("/"));
        Assert.Equal(["acme", "other"], app.Store.Addresses.Select(static address => address.Scope.Isolation).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private static void MapSet(WebApplication app) => app.MapGet("/", SetAsync);

    private static Task<string> SetAsync(IScopedCache caches) => TestApp.TryAsync(async () => await caches.Cache.SetAsync("a", 1) ? "set" : null);

    private sealed class CountingResolver : ICustomerKeyResolver
    {
        public int Runs { get; private set; }

        public async ValueTask<string?> ResolveAsync(HttpContext context)
        {
            Runs++;
            await Task.Yield();
            return "counted";
        }
    }
}
