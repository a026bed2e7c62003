using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>No response reaches anybody it is not for.</summary>
public sealed class StackSafetyTests
{
    [Fact]
    public async Task Two_customers_interleaved_never_share_a_response()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(TimeSpan.FromMinutes(1)));

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme")).Body);
            Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "customer_key=globex")).Body);
        }
    }

    [Fact]
    public async Task A_signed_in_user_whose_customer_is_not_known_is_logged_once_for_each_endpoint()
    {
        var log = new CapturedLog();
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.MapGet("/page", output.Render).OutputCacheStack();
                app.MapGet("/other", output.Render).OutputCacheStack();
            },
            build: builder => builder.Logging.AddProvider(log));

        await output.GetAsync("/page", "");
        await output.GetAsync("/page");
        Assert.DoesNotContain(log.Entries, static entry => entry.Id.Id == 2022);

        await output.GetAsync("/page", "sub=ann");
        await output.GetAsync("/page", "sub=bob");
        Assert.Contains("/page", Assert.Single(log.Entries, static entry => entry.Id.Id == 2022).Text, StringComparison.Ordinal);
        await output.GetAsync("/other", "sub=bob");
        Assert.Equal(2, log.Entries.Count(static entry => entry.Id.Id == 2022));
        Assert.DoesNotContain(log.Entries, static entry => entry.Text.Contains("bob", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Customers_whose_requests_run_at_once_never_wait_for_each_others_response()
    {
        var both = new TaskCompletionSource();
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            var body = output.Render(context);
            if (output.Renders >= 2)
            {
                // Both may see that both are here.
                both.TrySetResult();
            }

            await both.Task.InTime();
            return body;
        }).OutputCacheStack());

        var bodies = await Task.WhenAll(output.GetAsync("/page", "customer_key=acme"), output.GetAsync("/page", "customer_key=globex")).InTime();

        Assert.Contains(" acme ", bodies[0].Body, StringComparison.Ordinal);
        Assert.Contains(" globex ", bodies[1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sub=ann")]
    [InlineData("customer_key=acme|customer_key=globex")]
    [InlineData("customer_key= ")]
    public async Task Without_a_customer_nothing_is_looked_up_or_stored(string claims)
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());
        await output.GetAsync("/page", "customer_key=acme");
        var commands = await output.Fleet.CommandsAsync();

        await output.GetAsync("/page", claims);
        await output.GetAsync("/page", claims);

        Assert.Equal(3, output.Renders);

        Assert.Equal(commands, await output.Fleet.CommandsAsync());
    }

    [Fact]
    public async Task An_identity_of_another_scheme_than_the_first_counts()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGet("/page", output.Render).OutputCacheStack().RequireAuthorization(new AuthorizeAttribute { AuthenticationSchemes = "other" });
            },
            build: static builder => builder.Services.AddAuthorization().AddAuthentication("test")
                .AddScheme<AuthenticationSchemeOptions, NobodyHandler>("test", null).AddScheme<AuthenticationSchemeOptions, NobodyHandler>("other", null));

        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "", ("X-Other", "customer_key=acme"))).Body);
        Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "", ("X-Other", "customer_key=globex"))).Body);
        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "", ("X-Other", "customer_key=acme"))).Body);
    }

    [Fact]
    public async Task Who_signs_in_as_another_customer_within_the_request_is_looked_up_as_that_one()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.Use(static (context, next) =>
            {
                if (context.Request.Headers.TryGetValue("X-Becomes", out var claims))
                {
                    context.User = Doubles.TestApp.Principal(claims.ToString());
                }

                return next(context);
            });
            app.MapGet("/page", output.Render).OutputCacheStack();
        });

        await output.GetAsync("/page", "customer_key=acme");
        Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "customer_key=acme", ("X-Becomes", "customer_key=globex"))).Body);
        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme")).Body);
        Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "customer_key=globex")).Body);
    }

    [Theory]
    [InlineData("another user")]
    [InlineData("another identity")]
    [InlineData("another claim")]
    [InlineData("nobody")]
    public async Task A_response_during_which_the_user_changed_is_not_stored(string change)
    {
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            switch (change)
            {
                case "another user":
                    context.User = Doubles.TestApp.Principal("customer_key=globex");
                    break;
                case "another identity":
                    context.User.AddIdentity(new ClaimsIdentity([new Claim("customer_key", "globex")], "test"));
                    break;
                case "another claim":
                    ((ClaimsIdentity)context.User.Identity!).AddClaim(new Claim("customer_key", "globex"));
                    break;
                default:
                    context.User = new ClaimsPrincipal();
                    break;
            }

            return output.Render(context);
        }).OutputCacheStack());

        await NeverStoredAsync(output);
    }

    [Fact]
    public async Task Vary_values_that_changed_during_the_rendering_keep_it_from_being_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            ((ClaimsIdentity)context.User.Identity!).AddClaim(new Claim("branch", "2"));
            return output.Render(context);
        }).OutputCacheStack(static page => page.VaryByClaim = ["branch"]));

        await NeverStoredAsync(output);
    }

    [Theory]
    [InlineData("Set-Cookie", "a=1")]
    [InlineData("Cache-Control", "no-store")]
    [InlineData("Cache-Control", "public, No-Store")]
    [InlineData("Cache-Control", "private")]
    [InlineData("Cache-Control", "max-age=60, private=\"X-A\"")]
    [InlineData("Cache-Control", "no-cache")]
    [InlineData("Cache-Control", "max-age=0")]
    [InlineData("Cache-Control", "s-maxage=\"0\"")]
    [InlineData("Pragma", "no-cache")]
    [InlineData("Vary", "*")]
    [InlineData("Vary", "X-Region, Accept")]
    [InlineData("Vary", "Authorization")]
    [InlineData("Vary", "Cookie")]
    [InlineData("WWW-Authenticate", "Basic")]
    [InlineData("Content-Range", "bytes 0-2/10")]
    [InlineData("Content-Type", "text/event-stream")]
    public async Task A_response_whose_head_forbids_it_is_not_stored(string name, string value)
    {
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context) =>
        {
            context.Response.Headers[name] = value;
            await context.Response.WriteAsync(output.Render(context));
        }).OutputCacheStack(static page => page.VaryByHeader = ["X-Region"]));

        await NeverStoredAsync(output);
    }

    [Theory]
    [InlineData("Cache-Control", "public, max-age=10")]
    [InlineData("Vary", "x-region")]
    public async Task A_response_whose_head_allows_it_is_stored(string name, string value)
    {
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            context.Response.Headers[name] = value;
            return output.Render(context);
        }).OutputCacheStack(static page => page.VaryByHeader = ["X-Region"]));

        await output.GetAsync("/page");
        await output.GetAsync("/page");

        Assert.Equal(1, output.Renders);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Only_a_plain_success_is_stored(int status)
    {
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            output.Render(context);
            return Results.StatusCode(status);
        }).OutputCacheStack());

        await NeverStoredAsync(output);
    }

    [Theory]
    [InlineData("Set-Cookie", "session=1")]
    [InlineData("Cache-Control", "no-store")]
    public async Task What_outer_middleware_says_when_the_response_starts_keeps_it_from_being_stored(string name, string value)
    {
        await using var output = await OutputApp.StartAsync((app, output) =>
        {
            app.Use((context, next) =>
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers[name] = value;
                    return Task.CompletedTask;
                });
                return next(context);
            });
            app.MapGet("/page", output.Render).OutputCacheStack();
        });

        await NeverStoredAsync(output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_with_a_token_against_forgery_is_not_stored(bool withCookie)
    {
        await using var output = await OutputApp.StartAsync(
            (app, output) => app.MapGet("/page", (HttpContext context, IAntiforgery antiforgery) =>
            {
                var tokens = withCookie ? antiforgery.GetAndStoreTokens(context) : antiforgery.GetTokens(context);
                context.Response.Headers.Remove("Set-Cookie");
                context.Response.Headers.Remove("Cache-Control");
                context.Response.Headers.Remove("Pragma");
                return output.Render(context) + tokens.RequestToken;
            }).OutputCacheStack(),
            build: static builder => builder.Services.AddAntiforgery());

        await NeverStoredAsync(output);
    }

    [Fact]
    public async Task A_response_that_its_endpoint_aborted_is_not_stored()
    {
        var aborts = true;
        await using var output = await OutputApp.StartAsync(
            (app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                await context.Response.WriteAsync(output.Render(context));
                if (aborts)
                {
                    context.Abort();
                }
            }).OutputCacheStack(),
            kestrel: true);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => output.GetAsync("/page"));
        aborts = false;
        Assert.StartsWith("2 ", (await output.GetAsync("/page")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_shorter_than_its_declared_length_is_not_stored()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                output.Render(context);
                context.Response.ContentLength = output.Renders == 1 ? 5 : 3;
                await context.Response.WriteAsync("abc");
            }).OutputCacheStack(),
            kestrel: true);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => output.GetAsync("/page"));
        output.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("abc", (await output.GetAsync("/page")).Body);
        Assert.Equal("abc", (await output.GetAsync("/page")).Body);

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task A_response_that_failed_half_way_is_not_stored()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", async (HttpContext context) =>
            {
                await context.Response.WriteAsync(output.Render(context));
                if (output.Renders == 1)
                {
                    throw new InvalidOperationException("half way");
                }
            }).OutputCacheStack(),
            kestrel: true);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => output.GetAsync("/page"));
        Assert.StartsWith("2 ", (await output.GetAsync("/page")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Range", "bytes=0-1")]
    [InlineData("If-Match", "\"a\"")]
    [InlineData("If-Unmodified-Since", "Tue, 01 Jan 2030 00:00:00 GMT")]
    [InlineData("Upgrade", "websocket")]
    public async Task A_request_for_something_else_than_the_whole_response_goes_to_the_endpoint(string name, string value)
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());

        await output.GetAsync("/page");
        await output.GetAsync("/page", headers: (name, value));
        await output.GetAsync("/page");

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task A_request_with_a_body_goes_to_the_endpoint()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());

        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/page") { Content = new StringContent("body"), Headers = { { "X-Claims", "customer_key=acme" } } };
            using var response = await output.App.Client.SendAsync(request);
        }

        Assert.Equal(2, output.Renders);
    }

    [Fact]
    public async Task Credentials_that_nobody_checked_before_the_endpoint_are_the_endpoints_own_matter()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.MapGet("/page", output.Render).OutputCacheStack();
                app.MapGet("/covered", output.Render).OutputCacheStack(static page => page.VaryByHeader = ["Authorization"]);
            },
            static options => options.Customer.FromHost(static _ => "acme"));

        await output.GetAsync("/page", "", ("Authorization", "Basic YTph"));
        await output.GetAsync("/page", "", ("Authorization", "Basic YTph"));
        await output.GetAsync("/page", "");
        Assert.Equal(3, output.Renders);
        Assert.StartsWith("4 ", (await output.GetAsync("/page", "sub=ann", ("Authorization", "Bearer unchecked"))).Body, StringComparison.Ordinal);
        await output.GetAsync("/covered", "", ("Authorization", "Basic YTph"));
        await output.GetAsync("/covered", "", ("Authorization", "Basic YTph"));
        await output.GetAsync("/covered", "", ("Authorization", "Basic Yjpi"));

        Assert.Equal(6, output.Renders);
    }

    [Fact]
    public async Task A_clients_wishes_about_caches_between_it_and_the_server_do_not_count()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack());

        foreach (var wish in new[] { "no-cache", "no-store", "max-age=0", "only-if-cached" })
        {
            Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", headers: ("Cache-Control", wish))).Body);
        }
    }

    [Fact]
    public async Task A_request_that_is_not_to_be_cached_is_neither_looked_up_nor_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.Use(static (context, next) =>
            {
                if (context.Request.Headers.ContainsKey("X-Bypass"))
                {
                    context.BypassScopedCache();
                }

                return next(context);
            });
            app.MapGet("/page", output.Render).OutputCacheStack();
            app.MapGet("/late", (HttpContext context) =>
            {
                context.BypassScopedCache();
                return output.Render(context);
            }).OutputCacheStack();
        });

        await output.GetAsync("/page", headers: ("X-Bypass", "1"));
        await output.GetAsync("/page");
        Assert.Equal("3 acme  GET /page", (await output.GetAsync("/page", headers: ("X-Bypass", "1"))).Body);
        Assert.Equal("2 acme  GET /page", (await output.GetAsync("/page")).Body);
        await NeverStoredAsync(output, "/late");
    }

    [Fact]
    public async Task A_resolver_can_keep_a_request_from_being_cached()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) => app.MapGet("/page", output.Render).OutputCacheStack(),
            static options => options.Customer.From(static context =>
            {
                if (context.Request.Headers.ContainsKey("X-Bypass"))
                {
                    context.BypassScopedCache();
                }

                return new ValueTask<string?>("acme");
            }),
            useScopedCache: false);

        await output.GetAsync("/page", headers: ("X-Bypass", "1"));
        Assert.StartsWith("2 ", (await output.GetAsync("/page")).Body, StringComparison.Ordinal);
        Assert.StartsWith("3 ", (await output.GetAsync("/page", headers: ("X-Bypass", "1"))).Body, StringComparison.Ordinal);
        Assert.StartsWith("2 ", (await output.GetAsync("/page")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StorageLevel.Stack, "session", false)]
    [InlineData(StorageLevel.Stack, "stack", true)]
    [InlineData(StorageLevel.Service, "stack", false)]
    [InlineData(StorageLevel.Service, "service", true)]
    [InlineData(StorageLevel.Session, "session", true)]
    public async Task A_response_made_of_narrower_data_than_its_level_is_not_stored(StorageLevel level, string used, bool stored)
    {
        const string Claims = "customer_key=acme;sub=ann;sid=1";
        await using var output = await OutputApp.StartAsync((app, output) => app.MapGet("/page", async (HttpContext context, IScopedCache caches) =>
        {
            var cache = used switch { "session" => caches.SessionCache, "stack" => caches.StackCache, _ => caches.ServiceCache };
            return output.Render(context) + await cache.GetOrCreateAsync("x", static _ => Task.FromResult("of the cache"));
        }).OutputCacheStack(page => page.Level = level));

        await output.GetAsync("/page", Claims);
        await output.GetAsync("/page", Claims);

        Assert.Equal(stored ? 1 : 2, output.Renders);
    }

    [Theory]
    [InlineData(StorageLevel.Stack, true, false)]
    [InlineData(StorageLevel.Stack, false, true)]
    [InlineData(StorageLevel.Session, true, true)]
    public async Task A_response_made_of_the_aspnet_session_is_stored_at_the_session_level_only(StorageLevel level, bool reads, bool stored)
    {
        await using var output = await OutputApp.StartAsync(
            (app, output) =>
            {
                app.UseSession();
                app.MapGet("/start", static (HttpContext context) => context.Session.SetString("name", "ann"));
                app.MapGet("/page", async (HttpContext context, IScopedCache caches) =>
                    output.Render(context) + await caches.StackCache.GetOrDefaultAsync("x", "") + (reads ? context.Session.GetString("name") : "")).OutputCacheStack(page => page.Level = level);
            },
            static options => options.Session.FromAspNetSession(),
            static builder => builder.Services.AddSession());
        var cookie = (await output.GetAsync("/start"))["Set-Cookie"]!.Split(';')[0];

        for (var i = 0; i < 2; i++)
        {
            await output.GetAsync("/page", "customer_key=acme;sub=ann", ("Cookie", cookie));
        }

        Assert.Equal(stored ? 1 : 2, output.Renders);
    }

    [Fact]
    public async Task A_customer_from_the_aspnet_session_does_not_keep_responses_from_being_stored()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseSession();
                app.MapGet("/start", static (HttpContext context) => context.Session.SetString("customer", "acme"));
                app.MapGet("/page", async (HttpContext context, IScopedCache caches) => output.Render(context) + await caches.StackCache.GetOrDefaultAsync("x", "")).OutputCacheStack();
            },
            static options => options.Customer.FromAspNetSession("customer"),
            static builder => builder.Services.AddSession());
        var cookie = (await output.GetAsync("/start", ""))["Set-Cookie"]!.Split(';')[0];

        await output.GetAsync("/page", "", ("Cookie", cookie));
        await output.GetAsync("/page", "", ("Cookie", cookie));

        Assert.Equal(1, output.Renders);
    }

    [Fact]
    public async Task An_endpoint_says_through_the_platforms_own_feature_that_a_response_is_not_to_be_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) => app.MapGet("/page", (HttpContext context) =>
        {
            context.Features.GetRequiredFeature<IOutputCacheFeature>().Context.AllowCacheStorage = false;
            return output.Render(context);
        }).OutputCacheStack());

        await NeverStoredAsync(output);
    }

    [Fact]
    public async Task The_page_of_an_error_is_neither_answered_from_the_cache_nor_stored()
    {
        await using var output = await OutputApp.StartAsync(static (app, output) =>
        {
            app.UseStatusCodePagesWithReExecute("/sorry");
            app.UseRouting();
            app.MapGet("/sorry", output.Render).OutputCacheStack(static page => page.VaryByQuery = []);
            app.MapGet("/missing", static () => Results.NotFound());
        });

        Assert.Equal("1 acme  GET /sorry", (await output.GetAsync("/sorry")).Body);
        var missing = await output.GetAsync("/missing");

        Assert.Equal((404, "2 acme  GET /sorry"), ((int)missing.Status, missing.Body));
        Assert.Equal("1 acme  GET /sorry", (await output.GetAsync("/sorry")).Body);
    }

    [Fact]
    public async Task The_applications_own_output_cache_never_stores_such_a_response()
    {
        await using var output = await OutputApp.StartAsync(
            static (app, output) =>
            {
                app.UseOutputCache();
                app.MapGet("/page", output.Render).OutputCacheStack();
                app.MapGet("/plain", output.Render);
            },
            build: static builder => builder.Services.AddOutputCache(static options => options.AddBasePolicy(new StoresEverything())));

        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme")).Body);
        Assert.Equal("2 globex  GET /page", (await output.GetAsync("/page", "customer_key=globex")).Body);
        Assert.Equal("3   GET /page", (await output.GetAsync("/page", "")).Body);
        Assert.Equal("4 initech  GET /page", (await output.GetAsync("/page", "customer_key=initech")).Body);
        Assert.Equal("1 acme  GET /page", (await output.GetAsync("/page", "customer_key=acme")).Body);

        await output.GetAsync("/plain", "customer_key=acme");
        await output.GetAsync("/plain", "customer_key=globex");
        Assert.Equal(5, output.Renders);
    }

    private static async Task NeverStoredAsync(OutputApp output, string path = "/page")
    {
        var before = output.Renders;
        await output.GetAsync(path);
        await output.GetAsync(path);
        output.Clock.Advance(TimeSpan.FromSeconds(30));
        await output.GetAsync(path);
        Assert.Equal(before + 3, output.Renders);
    }

    private sealed class StoresEverything : IOutputCachePolicy
    {
        public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
        {
            (context.EnableOutputCaching, context.AllowCacheLookup, context.AllowCacheStorage, context.AllowLocking) = (true, true, true, true);
            return default;
        }

        public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => default;

        public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation) => default;
    }
}
