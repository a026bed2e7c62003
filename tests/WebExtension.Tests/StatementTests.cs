using System.Net;
using System.Text;

namespace WebExtension.Tests;

/// <summary>The page that is cached as a whole. Each test has an instance of its own, because what the core system was asked is counted per instance.</summary>
public sealed class StatementTests : IDisposable
{
    private const string Page = "/statement";
    private readonly Sample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Users_of_one_customer_share_a_page_of_ten_kilobytes_that_says_when_and_for_whom_it_was_rendered()
    {
        using var ana = await SignedInAsync("acme", "ana");
        using var bo = await SignedInAsync("acme", "bo");

        var first = await ana.GetAsync(Page);
        var second = await bo.GetAsync(Page);

        Assert.Equal("stack; miss", first.Cache);
        Assert.Equal("stack; hit", second.Cache);
        Assert.Equal(first.Text, second.Text);
        Assert.InRange(Encoding.UTF8.GetByteCount(first.Text), 10_000, 11_000);
        Assert.Contains("""<strong id="rendered-for">acme</strong>""", first.Text, StringComparison.Ordinal);
        Assert.Contains("""<span id="asked-by">ana</span>""", first.Text, StringComparison.Ordinal);
        Assert.Contains("""<time id="rendered-at" datetime=""", first.Text, StringComparison.Ordinal);
        Assert.Equal(1, await ana.CoreCallsAsync("statement"));
    }

    [Fact]
    public async Task Each_customer_has_a_page_of_its_own()
    {
        using var acme = await SignedInAsync("acme", "ana");
        using var birch = await SignedInAsync("birch", "ana");
        await acme.GetAsync(Page);

        var other = await birch.GetAsync(Page);

        Assert.Equal("stack; miss", other.Cache);
        Assert.Contains("""<strong id="rendered-for">birch</strong>""", other.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("acme", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_not_signed_in_gets_no_page_though_it_is_cached()
    {
        using var ana = await SignedInAsync("acme", "ana");
        await ana.GetAsync(Page);
        await ana.SignOutAsync();

        var refused = await ana.GetAsync(Page);

        Assert.Equal((401, ""), (refused.Status, refused.Text));
    }

    [Fact]
    public async Task A_page_from_the_cache_tells_its_age_and_is_as_safe_as_a_fresh_one()
    {
        using var browser = await SignedInAsync("acme", "ana");
        using var fresh = await browser.Client.GetAsync(Page);
        using var cached = await browser.Client.GetAsync(Page);

        Assert.Null(fresh.Headers.Age);
        Assert.NotNull(cached.Headers.Age);
        Assert.Equal("text/html; charset=utf-8", cached.Content.Headers.ContentType?.ToString());
        Assert.NotNull(cached.Headers.ETag);
        foreach (var header in (string[])["Content-Security-Policy", "X-Content-Type-Options"])
        {
            Assert.Equal(Assert.Single(fresh.Headers.GetValues(header)), Assert.Single(cached.Headers.GetValues(header)));
        }
    }

    [Fact]
    public async Task A_browser_that_has_the_page_is_told_so_and_another_customers_page_is_another()
    {
        using var browser = await SignedInAsync("acme", "ana");
        await browser.GetAsync(Page);
        using var page = await browser.Client.GetAsync(Page);
        using var request = new HttpRequestMessage(HttpMethod.Get, Page);
        request.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var again = await browser.Client.SendAsync(request);
        using var birch = await SignedInAsync("birch", "ana");
        await birch.GetAsync(Page);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, Page);
        foreign.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var other = await birch.Client.SendAsync(foreign);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task An_eviction_is_the_customers_own()
    {
        using var acme = await SignedInAsync("acme", "ana");
        using var birch = await SignedInAsync("birch", "ana");
        await acme.GetAsync(Page);
        await birch.GetAsync(Page);

        using var evicted = await acme.Client.DeleteAsync(Page);

        Assert.Equal(HttpStatusCode.NoContent, evicted.StatusCode);
        Assert.Equal("stack; miss", (await acme.GetAsync(Page)).Cache);
        Assert.Equal("stack; hit", (await birch.GetAsync(Page)).Cache);
    }

    [Fact]
    public async Task A_transfer_evicts_the_page_because_it_shows_balances()
    {
        using var browser = await SignedInAsync("acme", "ana");
        var ids = await browser.AccountIdsAsync();
        var before = await browser.GetAsync(Page);
        await browser.PostAsync($"/api/accounts/{ids[0]}/transfer", new { to = ids[1], amount = 25 });

        var after = await browser.GetAsync(Page);

        Assert.Equal("stack; miss", after.Cache);
        Assert.NotEqual(before.Text, after.Text, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Names_are_text_in_the_page_and_nothing_else()
    {
        using var browser = await SignedInAsync("<script>alert(1)</script>", "<b>ana");

        var page = (await browser.GetAsync(Page)).Text;

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
    }

    private async Task<Browser> SignedInAsync(string customer, string user)
    {
        var browser = _sample.NewBrowser();
        await browser.SignInAsync(customer, user);
        return browser;
    }
}
