using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using ScopedCaching;

namespace WebExtension.Tests;

/// <summary>The inspector's page, in the chromium of this machine. With the environment variable INSPECTOR_PICTURES, pictures are left in that folder.</summary>
public sealed class InspectorPageTests : IAsyncLifetime
{
    private const string Script = "<img src=x onerror=alert(1)><script>alert(2)</script>";

    private readonly Sample _sample = new();
    private InspectorBrowser _browser = null!;

    public async ValueTask InitializeAsync() => _browser = await InspectorBrowser.StartAsync(_sample);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _sample.DisposeAsync();
    }

    [Theory]
    [InlineData("light", 1280, 1152)]
    [InlineData("dark", 1280, 900)]
    [InlineData("phone", 360, 740)]
    [InlineData("phone-dark", 360, 740)]
    public async Task It_shows_what_the_caches_did_and_is_not_wider_than_the_screen(string name, int width, int height)
    {
        await FillAsync();
        var page = await _browser.OpenAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = name.Contains("dark", StringComparison.Ordinal) ? ColorScheme.Dark : ColorScheme.Light,
        });
        await UseAsync(seconds: InspectorBrowser.Pictures is null ? 2 : name is "light" ? 50 : 5);

        await Expect(page.Locator("#tile-ratio")).ToContainTextAsync("%", new() { Timeout = 30_000 });
        await Expect(page.Locator("#keys tr")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("#servers")).ToContainTextAsync("embedded");
        await Expect(page.Locator("#levels")).ToContainTextAsync("session");
        await Expect(page.Locator("#chart-ratio path.line")).ToHaveAttributeAsync("d", new System.Text.RegularExpressions.Regex("^M", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));

        // Arrow keys move along a chart, and what is there is told in words.
        await page.Locator("#chart-reads svg").FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Locator("#chart-reads .moment")).Not.ToBeEmptyAsync();
        await Expect(page.Locator("#chart-reads svg")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("Reads a second at .*Memory", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#chart-reads .moment")).ToBeEmptyAsync();
        if (InspectorBrowser.Pictures is { } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"inspector-{name}.png"), FullPage = true });
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"inspector-{name}-top.png") });
            await page.Locator("#keys-panel").EvaluateAsync("panel => panel.scrollIntoView()");
            await InspectorBrowser.PictureAsync(page, name + "-keys");
            await page.Locator("#own-form").EvaluateAsync("panel => panel.scrollIntoView()");
            await InspectorBrowser.PictureAsync(page, name + "-own");
        }

        Assert.Empty(_browser.Foreign);
        Assert.Empty(_browser.Errors);
    }

    [Fact]
    public async Task A_value_is_read_by_whom_it_belongs_to_and_stays_text()
    {
        var caches = Caches.Create("Alder Savings", "Ana", "1");
        await caches.StackCache.SetAsync(Script, Script, TimeSpan.FromMinutes(5));
        await Caches.Create("Birch Mutual").StackCache.SetAsync("theirs", "of Birch", TimeSpan.FromMinutes(5));
        var page = await _browser.OpenAsync();
        await Expect(page.Locator("#keys tr")).ToHaveCountAsync(2);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Read theirs" })).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Button, new() { Name = "Read " + Script }).ClickAsync();

        await Expect(page.Locator("#value-text")).ToHaveTextAsync(Script);
        await Expect(page.Locator("#value-facts")).ToContainTextAsync("Text");
        Assert.Equal(0, await page.Locator("img, body script").CountAsync());
        await InspectorBrowser.PictureAsync(page, "value");
        Assert.Empty(_browser.Errors);
    }

    [Fact]
    public async Task An_entry_is_found_and_busted_with_the_keyboard_alone_after_a_question()
    {
        var cache = Caches.Create("Alder Savings", "Ana", "1").StackCache;
        await cache.SetAsync("account:1", "a", TimeSpan.FromMinutes(5));
        await cache.SetAsync("account:2", "b", TimeSpan.FromMinutes(5));
        var page = await _browser.OpenAsync();
        await page.Locator("#search").FocusAsync();
        await page.Keyboard.TypeAsync("account:2");
        await Expect(page.Locator("#keys tr")).ToHaveCountAsync(1);
        await FocusByTabAsync(page, "Bust account:2");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#confirm")).ToBeVisibleAsync();
        await InspectorBrowser.PictureAsync(page, "confirm");

        // The safe answer has the focus.
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#confirm")).Not.ToBeVisibleAsync();
        Assert.Equal("b", await cache.GetAsync<string>("account:2"));

        await FocusByTabAsync(page, "Bust account:2");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("#said")).ToContainTextAsync("is gone");
        await Expect(page.Locator("#keys tr")).ToHaveCountAsync(0);
        Assert.Null(await cache.GetAsync<string>("account:2"));
        Assert.Equal("a", await cache.GetAsync<string>("account:1"));
        Assert.Empty(_browser.Errors);
    }

    [Fact]
    public async Task A_value_is_set_updated_and_its_scope_cleared()
    {
        var page = await _browser.OpenAsync();
        var cache = Caches.Create("Alder Savings").StackCache;
        await page.Locator("#own-key").FillAsync("greeting");
        await page.Locator("summary").ClickAsync();
        await page.Locator("#own-value").FillAsync("hello");
        await page.Locator("#own-update").ClickAsync();
        await Expect(page.Locator("#said")).ToHaveTextAsync("It was not stored.");
        Assert.False((await cache.TryGetAsync<string>("greeting")).Found);

        await page.Locator("#own-set").ClickAsync();
        await Expect(page.Locator("#said")).ToHaveTextAsync("Stored.");
        Assert.Equal("hello", await cache.GetAsync<string>("greeting"));

        await page.Locator("#own-value").FillAsync("""{"text":"hello"}""");
        await page.Locator("#own-json").SelectOptionAsync("JSON");
        await page.RunAndWaitForResponseAsync(() => page.Locator("#own-update").ClickAsync(), static answer => answer.Request.Method is "POST");
        await page.GetByRole(AriaRole.Button, new() { Name = "Read", Exact = true }).ClickAsync();
        await Expect(page.Locator("#value-facts")).ToContainTextAsync("Json");
        await page.Keyboard.PressAsync("Escape");

        await page.Locator("#clear").ClickAsync();
        await page.Locator("#confirm-yes").ClickAsync();
        await Expect(page.Locator("#said")).ToContainTextAsync("Cleared");
        Assert.False((await cache.TryGetAsync<object>("greeting")).Found);
        Assert.Empty(_browser.Errors);
    }

    [Fact]
    public async Task A_tag_is_busted_after_a_question()
    {
        var cache = Caches.Create("Alder Savings").StackCache;
        var tagged = CachePolicy.For(TimeSpan.FromMinutes(5)) with { Tags = ["rates"] };
        await cache.SetAsync("tagged", "a", tagged);
        await cache.SetAsync("untagged", "b", TimeSpan.FromMinutes(5));
        var page = await _browser.OpenAsync();
        await page.Locator("#tag").FillAsync("rates");
        await page.GetByRole(AriaRole.Button, new() { Name = "Bust the tag" }).ClickAsync();
        await page.Locator("#confirm-yes").ClickAsync();

        await Expect(page.Locator("#said")).ToContainTextAsync("is gone");
        Assert.False((await cache.TryGetAsync<string>("tagged", tagged)).Found);
        Assert.True((await cache.TryGetAsync<string>("untagged")).Found);
        Assert.Empty(_browser.Errors);
    }

    private static async Task FocusByTabAsync(IPage page, string name)
    {
        for (var presses = 0; presses < 40; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string?>("document.activeElement.getAttribute('aria-label')") is { } focused && string.Equals(focused, name, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The tabulator key does not lead to “{name}”.");
    }

    private IScopedCacheFactory Caches => _sample.Services.GetRequiredService<IScopedCacheFactory>();

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    /// <summary>Entries of three customers, and of the service.</summary>
    private async Task FillAsync()
    {
        foreach (var customer in (string[])["Alder Savings", "Birch Mutual", "Cedar Bank"])
        {
            var caches = Caches.Create(customer, "Ana", "1");
            for (var i = 1; i <= 5; i++)
            {
                await caches.StackCache.SetAsync($"account:{4700 + i}", new { id = 4700 + i, name = "Checking", balance = 120.5 * i }, TimeSpan.FromMinutes(10 * i));
            }

            await caches.GetCache("drafts", StorageLevel.Session).SetAsync("transfer", "25.00 to 4702", TimeSpan.FromHours(1));
        }

        await Caches.Create(null).ServiceCache.SetAsync("rates", new { usd = 1.08, chf = 0.95 }, CachePolicy.Forever);
    }

    private async Task UseAsync(int seconds)
    {
        var local = CachePolicy.For(TimeSpan.FromMinutes(1)) with { LocalFor = TimeSpan.FromSeconds(5) };
        for (var beat = 0; beat < seconds * 5; beat++)
        {
            var busy = Enumerable.Repeat("Alder Savings", 1 + (beat / 9 % 4)).Concat(Enumerable.Repeat("Birch Mutual", 1 + (beat / 23 % 2)));
            foreach (var customer in busy.Append("Cedar Bank"))
            {
                var stack = Caches.Create(customer, "Ana", "1");
                await stack.StackCache.GetAsync<object>($"account:{4701 + (beat % 6)}");
                await stack.SessionCache.GetOrCreateAsync($"step:{beat / 4}", static _ => Task.FromResult("done"), local);
                await stack.ServiceCache.GetOrCreateAsync("branches", static _ => Task.FromResult("12"), local);
            }

            await Task.Delay(200);
        }
    }
}
