using System.Globalization;
using Microsoft.Playwright;

namespace WebExtension.Tests;

/// <summary>The page, in the chromium of this machine.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private readonly Sample _sample = new();
    private readonly List<string> _errors = [];
    private readonly List<string> _foreign = [];
    private IPlaywright _playwright = null!;
    private IBrowser _chromium = null!;

    public async ValueTask InitializeAsync()
    {
        _sample.UseKestrel(0);
        _sample.StartServer();
        _playwright = await Playwright.CreateAsync();
        _chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Locate("chromium"),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _playwright.Dispose();
        await _sample.DisposeAsync();
    }

    [Fact]
    public async Task Asking_twice_shows_a_miss_and_then_a_hit()
    {
        var page = await OpenAsync();
        await SignInAsync(page, "Alder Savings", "Ana");
        await AskAsync(page, "Accounts", "Miss");
        await AskAsync(page, "Accounts", "Hit");

        await Expect(page.Locator("#hits")).ToHaveTextAsync("1 of 2");
        await Expect(page.Locator("#core")).ToHaveTextAsync("1");
        await Expect(page.Locator("#saved")).Not.ToHaveTextAsync("0 ms");
        await Expect(page.Locator("#said")).ToContainTextAsync("stack level");
        await Expect(page.Locator("#log tr")).ToHaveCountAsync(3);
        Assert.Empty(_foreign);
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task Another_customer_misses_and_shares_only_the_rates()
    {
        var page = await OpenAsync();
        await SignInAsync(page, "Alder Savings", "Ana");
        await AskAsync(page, "Exchange rates", "Miss");
        await AskAsync(page, "Accounts", "Miss");
        await SignInAsync(page, "Birch Mutual", "Dana");

        await AskAsync(page, "Exchange rates", "Hit");
        await AskAsync(page, "Accounts", "Miss");
    }

    [Fact]
    public async Task Every_button_does_its_work()
    {
        var page = await OpenAsync();
        await SignInAsync(page, "Cedar Bank", "Emil");
        await AskAsync(page, "One account", "Miss");
        await AskAsync(page, "Preferences", "Miss");
        await AskAsync(page, "Change language", "Done");
        await AskAsync(page, "Preferences", "Hit");
        await Expect(page.Locator("#body")).ToContainTextAsync("es");
        await AskAsync(page, "Transfer 25.00", "Done");
        await AskAsync(page, "Accounts", "Miss");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.Locator("#who")).ToHaveTextAsync("nobody is signed in");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Accounts" })).ToBeDisabledAsync();
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task A_cached_page_shows_its_age_until_it_is_evicted()
    {
        var page = await OpenAsync();
        await SignInAsync(page, "Alder Savings", "Ana");
        await AskAsync(page, "Statement", "Miss");
        await AskAsync(page, "Statement", "Hit");
        await Expect(page.Locator("#body")).ToContainTextAsync("Alder Savings");
        var age = await page.Locator("#body tr", new() { HasText = "age" }).Locator("td").Last.TextContentAsync();
        Assert.InRange(int.Parse(age![..^2], CultureInfo.InvariantCulture), 0, 600);
        await Expect(page.Locator("#body tr", new() { HasText = "size" })).ToContainTextAsync("10.");
        await SignInAsync(page, "Alder Savings", "Bruno");
        await AskAsync(page, "Statement", "Hit");
        await Expect(page.Locator("#body tr", new() { HasText = "asked by" })).ToContainTextAsync("Ana");

        await AskAsync(page, "Evict statement", "Done");
        await AskAsync(page, "Statement", "Miss");
        await Expect(page.Locator("#body tr", new() { HasText = "asked by" })).ToContainTextAsync("Bruno");
        Assert.Empty(_foreign);
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task A_reloaded_page_knows_who_is_signed_in()
    {
        var page = await OpenAsync();
        await SignInAsync(page, "Alder Savings", "Bruno");
        await page.ReloadAsync();

        await Expect(page.Locator("#who")).ToHaveTextAsync("Bruno of Alder Savings");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task On_a_phone_nothing_is_wider_than_the_screen(ColorScheme scheme)
    {
        var page = await OpenAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 360, Height = 740 }, ColorScheme = scheme });
        await SignInAsync(page, "Alder Savings", "Ana");
        await AskAsync(page, "Accounts", "Miss");
        await AskAsync(page, "Transfer 25.00", "Done");

        Assert.Equal(360, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static async Task SignInAsync(IPage page, string customer, string user)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = $"Sign in as {user} of {customer}" }).ClickAsync();
        await Expect(page.Locator("#who")).ToHaveTextAsync($"{user} of {customer}");
    }

    private static async Task AskAsync(IPage page, string button, string verdict)
    {
        var requests = await page.Locator("#log tr").CountAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Expect(page.Locator("#log tr").Nth(requests)).ToBeAttachedAsync();
        await Expect(page.Locator("#verdict")).ToHaveTextAsync(verdict);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true })).ToBeEnabledAsync();
    }

    private async Task<IPage> OpenAsync(BrowserNewPageOptions? options = null)
    {
        var address = _sample.ClientOptions.BaseAddress;
        var page = await _chromium.NewPageAsync(options);
        page.PageError += (_, error) => _errors.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.ToString(), StringComparison.Ordinal))
            {
                _foreign.Add(request.Url);
            }
        };
        await page.GotoAsync(address.ToString());
        return page;
    }

    private static string Locate(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The page is tested in a browser, and none is on PATH. Install it: apt-get install {program}");
}
