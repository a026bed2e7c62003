using System.Text;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Provider.Tests.RealMemcached;

namespace WebExtension.Tests;

/// <summary>Two instances of the sample in Production, on one real memcached, set up as the README says.</summary>
public sealed class TwoInstancesTests : IAsyncLifetime
{
    private const string Customer = "needle-customer";
    private const string User = "needle-user";

    private readonly DirectoryInfo _shared = Directory.CreateTempSubdirectory("webextension-");
    private RealMemcachedServer _server = null!;
    private RecordingProxy _wire = null!;
    private Sample _first = null!;
    private Sample _second = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RealMemcachedServer.StartAsync();
        _wire = new RecordingProxy(_server.EndPoint);
        _first = NewInstance(keys: "keys");
        _second = NewInstance(keys: "keys");
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _wire.Dispose();
        await _server.DisposeAsync();
        _shared.Delete(recursive: true);
    }

    [Fact]
    public async Task What_one_instance_asked_for_the_other_one_has()
    {
        using var here = await SignedInAsync(_first);
        using var there = await SignedInAsync(_second);
        foreach (var path in (string[])["/api/accounts", "/api/rates"])
        {
            var miss = await here.GetAsync(path);
            var hit = await there.GetAsync(path);

            Assert.EndsWith("; miss", miss.Cache, StringComparison.Ordinal);
            Assert.EndsWith("; hit", hit.Cache, StringComparison.Ordinal);
            Assert.Equal(miss.Text, hit.Text);
        }

        Assert.Equal(0, await there.CoreCallsAsync("accounts"));
    }

    [Fact]
    public async Task A_sign_in_at_one_instance_is_one_at_the_other_with_its_session()
    {
        var cookie = await CookieAsync(_first);
        using var here = WithCookie(_first, cookie);
        using var there = WithCookie(_second, cookie);
        await here.PutAsync("/api/preferences", new { language = "fr", startPage = "rates" });

        var kept = await there.GetAsync("/api/preferences");

        Assert.Equal("session; hit", kept.Cache);
        Assert.Equal("""{"language":"fr","startPage":"rates"}""", kept.Text);
    }

    [Fact]
    public async Task A_transfer_at_one_instance_removes_for_both()
    {
        using var here = await SignedInAsync(_first);
        using var there = await SignedInAsync(_second);
        var ids = await here.AccountIdsAsync();
        var before = await there.GetAsync("/api/accounts");
        await here.PostAsync($"/api/accounts/{ids[0]}/transfer", new { to = ids[1], amount = 25 });

        var after = await there.GetAsync("/api/accounts");

        Assert.Equal("stack; hit", before.Cache);
        Assert.Equal("stack; miss", after.Cache);
        Assert.NotEqual(before.Text, after.Text, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_who_ask_both_instances_for_a_cold_page_at_once_have_it_rendered_once()
    {
        const int Askers = 200;
        var cookie = await CookieAsync(_first);
        using var here = WithCookie(_first, cookie);
        using var there = WithCookie(_second, cookie);

        var answers = await Task.WhenAll(Enumerable.Range(0, Askers).Select(asker => (asker % 2 == 0 ? here : there).GetAsync("/statement")));

        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        Assert.Contains(Customer, Assert.Single(answers.Select(static answer => answer.Text).Distinct(StringComparer.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(1, await here.CoreCallsAsync("statement") + await there.CoreCallsAsync("statement"));
    }

    [Fact]
    public async Task An_instance_with_other_keys_misses_says_so_and_does_no_harm()
    {
        await using var stranger = NewInstance(keys: "other-keys");
        using var here = await SignedInAsync(_first);
        using var there = await SignedInAsync(stranger);
        await here.GetAsync("/api/accounts");

        var answer = await there.GetAsync("/api/accounts");

        Assert.Equal((200, "stack; miss"), (answer.Status, answer.Cache));
        Assert.Equal("Degraded", (await there.GetAsync("/health")).Text);
    }

    [Fact]
    public async Task Nothing_readable_is_in_the_server_or_on_the_wire()
    {
        var cookie = await CookieAsync(_first);
        using var browser = WithCookie(_first, cookie);
        var ids = await browser.AccountIdsAsync();
        await browser.GetAsync($"/api/accounts/{ids[0]}");
        await browser.GetAsync("/api/rates");
        Assert.Contains(Customer, (await browser.GetAsync("/statement")).Text, StringComparison.Ordinal);
        await browser.PutAsync("/api/preferences", new { language = "needle-language", startPage = "needle-page" });
        await browser.GetAsync("/api/preferences");

        var stored = await MemcachedDump.OfAsync(_server);
        var wire = _wire.Seen;

        // What an operator may see, and proof that it was looked at: prefix and level. Four values and a page; the generations of three levels, and of the pages of a level and of this one.
        Assert.Equal(10, stored.Count);
        foreach (var level in (string[])["stack", "session", "service"])
        {
            Assert.Contains(stored, item => item.Key.StartsWith($"webextension:{level}:", StringComparison.Ordinal));
            Assert.True(Holds(wire, $"webextension:{level}:"));
        }

        var haystack = stored.SelectMany(item => (byte[])[.. Encoding.UTF8.GetBytes(item.Key), .. item.Value]).ToArray();
        foreach (var secret in (string[])[Customer, User, SidOf(cookie), "needle", "Savings", "balance", "USD", "Statement", "rendered-for", "preferences", .. ids])
        {
            Assert.False(Holds(haystack, secret), $"The server holds '{secret}'.");
            Assert.False(Holds(wire, secret), $"The wire showed '{secret}'.");
        }
    }

    private static bool Holds(byte[] haystack, string text) =>
        ((Encoding[])[Encoding.UTF8, Encoding.Unicode]).Any(encoding => haystack.AsSpan().IndexOf(encoding.GetBytes(text)) >= 0);

    private Sample NewInstance(string keys) => new(
        ("environment", "Production"),
        ("CACHE_HOST", "127.0.0.1"),
        ("CACHE_PORT", $"{_wire.Port}"),
        ("DATA_PROTECTION_KEYS", Path.Combine(_shared.FullName, keys)),
        ("CORE_LEDGER", Path.Combine(_shared.FullName, "ledger")));

    private static async Task<Browser> SignedInAsync(Sample instance)
    {
        var browser = instance.NewBrowser();
        await browser.SignInAsync(Customer, User);
        return browser;
    }

    private static async Task<string> CookieAsync(Sample instance)
    {
        using var client = instance.CreateClient();
        using var form = new FormUrlEncodedContent([new("customer", Customer), new("user", User)]);
        using var answer = await client.PostAsync("/sign-in", form);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    private static Browser WithCookie(Sample instance, string cookie)
    {
        var client = instance.CreateClient(new WebApplicationFactoryClientOptions { HandleCookies = false });
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return new Browser(client);
    }

    private string SidOf(string cookie)
    {
        var options = _first.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(CookieAuthenticationDefaults.AuthenticationScheme);
        var ticket = options.TicketDataFormat.Unprotect(cookie.Split('=', 2)[1]);
        return ticket!.Principal.FindFirst("sid")!.Value;
    }
}
