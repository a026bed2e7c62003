using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>What stands in ASP.NET Core's session is one visitor's: a response that was made of it is nobody else's.</summary>
public sealed class StackSessionDataTests
{
    [Theory]
    [InlineData("/session/string")]
    [InlineData("/session/keys")]
    [InlineData("/session/id")]
    [InlineData("/session/set")]
    [InlineData("/session/note")]
    public async Task A_response_made_of_a_session_is_not_stored(string path)
    {
        await using var output = await StartAsync();
        using var ann = new Visitor(output, "ann");
        using var bob = new Visitor(output, "bob");
        await ann.PostAsync("/session/name");
        await bob.PostAsync("/session/name");

        Assert.StartsWith("1 acme ann", await ann.GetAsync(path), StringComparison.Ordinal);
        Assert.StartsWith("2 acme bob", await bob.GetAsync(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/session/none")]
    [InlineData("/session/load")]
    [InlineData("/session/level")]
    public async Task A_response_beside_a_session_is_stored(string path)
    {
        await using var output = await StartAsync();
        using var ann = new Visitor(output, "ann");
        await ann.PostAsync("/session/name");

        Assert.StartsWith("1 acme ann", await ann.GetAsync(path), StringComparison.Ordinal);
        Assert.StartsWith("1 acme ann", await ann.GetAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_whose_key_stands_in_the_session_has_stored_responses_too()
    {
        await using var output = await StartAsync(static options => options.Customer.FromAspNetSession("name"));
        using var ann = new Visitor(output, "ann");
        using var bob = new Visitor(output, "bob");
        await ann.PostAsync("/session/name");
        await bob.PostAsync("/session/name");

        Assert.StartsWith("1 acme ann", await ann.GetAsync("/session/cached"), StringComparison.Ordinal);
        Assert.StartsWith("1 acme ann", await ann.GetAsync("/session/cached"), StringComparison.Ordinal);
        Assert.StartsWith("2 acme bob", await bob.GetAsync("/session/cached"), StringComparison.Ordinal);
    }

    private static Task<OutputApp> StartAsync(Action<ScopedCacheOptions>? configure = null) => OutputApp.StartAsync(
        static (app, output) =>
        {
            app.UseSession();
            var pages = app.MapGroup("/session").OutputCacheStack();
            pages.MapPost("/name", static (HttpContext context) => context.Session.SetString("name", context.User.FindFirst("sub")!.Value));
            pages.MapGet("/string", (HttpContext context) => output.Render(context) + context.Session.GetString("name"));
            pages.MapGet("/keys", (HttpContext context) => output.Render(context) + context.Session.Keys.Count());
            pages.MapGet("/id", (HttpContext context) => output.Render(context) + context.Session.Id);
            pages.MapGet("/set", (HttpContext context) =>
            {
                context.Session.SetString("seen", "yes");
                return output.Render(context);
            });
            pages.MapGet("/none", output.Render);
            pages.MapGet("/load", async (HttpContext context) =>
            {
                await context.Session.LoadAsync();
                return output.Render(context);
            });
            pages.MapGet("/level", (HttpContext context) => output.Render(context) + context.Session.GetString("name")).OutputCacheStack(static cached => cached.Level = StorageLevel.Session);
            pages.MapGet("/cached", async (HttpContext context, IScopedCache caches) =>
            {
                await caches.StackCache.SetAsync("seen", "yes");
                return output.Render(context);
            });
            app.MapControllers();
        },
        configure,
        static builder =>
        {
            builder.Services.AddSingleton<NoteCounter>();
            builder.Services.AddSession();
            builder.Services.AddControllersWithViews().AddSessionStateTempDataProvider();
        },
        kestrel: true);

    /// <summary>Counts what the controller renders.</summary>
    public sealed class NoteCounter
    {
        private int _count;

        public int Next() => Interlocked.Increment(ref _count);
    }

    /// <summary>A user's browser, which keeps its session's cookie.</summary>
    private sealed class Visitor : IDisposable
    {
        private readonly HttpClient _client;

        public Visitor(OutputApp output, string user)
        {
            _client = new HttpClient { BaseAddress = output.App.Client.BaseAddress };
            _client.DefaultRequestHeaders.Add("X-Claims", $"customer_key=acme;sub={user};sid=1");
        }

        public Task<string> GetAsync(string path) => _client.GetStringAsync(path);

        public async Task PostAsync(string path)
        {
            using var response = await _client.PostAsync(path, content: null);
            response.EnsureSuccessStatusCode();
            using var note = await _client.PostAsync("/session/note", content: null);
            note.EnsureSuccessStatusCode();
        }

        public void Dispose() => _client.Dispose();
    }
}

/// <summary>A message for the next page, kept in the session as TempData.</summary>
[Route("session/note")]
public sealed class NoteController(StackSessionDataTests.NoteCounter counter) : Controller
{
    [HttpPost]
    public void Leave() => TempData["note"] = $"{User.FindFirst("customer_key")!.Value} {User.FindFirst("sub")!.Value}";

    [HttpGet, OutputCacheStack(Seconds = 60)]
    public string Take() => $"{counter.Next()} {TempData["note"]}";
}
