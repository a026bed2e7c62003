using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using ScopedCaching;

namespace WebExtension.Tests;

/// <summary>The inspector's page, in the chromium of this machine. With the environment variable INSPECTOR_PICTURES, pictures are left in that folder.</summary>
public sealed class InspectorPageTests : IAsyncLifetime
{
    private const string Script = "<img src=x onerror=alert(1)><script>alert(2)</script>";

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

    [Theory]
    [InlineData("light", 1280, 900)]
    [InlineData("dark", 1280, 900)]
    [InlineData("phone", 360, 740)]
    [InlineData("phone-dark", 360, 740)]
    public async Task It_shows_what_the_caches_did_and_is_not_wider_than_the_screen(string name, int width, int height)
    {
        await FillAsync();
        var page = await OpenAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = name.Contains("dark", StringComparison.Ordinal) ? ColorScheme.Dark : ColorScheme.Light,
        });
        await UseAsync(seconds: Pictures is null ? 2 : 14);

        await Expect(page.Locator("#tile-ratio")).ToContainTextAsync("%", new() { Timeout = 30_000 });
        await Expect(page.Locator("#keys tr")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("#servers")).ToContainTextAsync("embedded");
        await Expect(page.Locator("#levels")).ToContainTextAsync("session");
        await Expect(page.Locator("#chart-ratio path.line")).ToHaveAttributeAsync("d", new System.Text.RegularExpressions.Regex("^M", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        if (Pictures is { } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"inspector-{name}.png"), FullPage = true });
        }

        Assert.Empty(_foreign);
        Assert.Empty(_errors);
    }

    private static string? Pictures => Environment.GetEnvironmentVariable("INSPECTOR_PICTURES") is { Length: > 0 } folder ? folder : null;

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
            foreach (var customer in (string[])["Alder Savings", "Alder Savings", "Birch Mutual", "Cedar Bank"])
            {
                var stack = Caches.Create(customer, "Ana", "1");
                await stack.StackCache.GetAsync<object>($"account:{4701 + (beat % 6)}");
                await stack.SessionCache.GetOrCreateAsync($"step:{beat / 4}", static _ => Task.FromResult("done"), local);
                await stack.ServiceCache.GetOrCreateAsync("branches", static _ => Task.FromResult("12"), local);
            }

            await Task.Delay(200);
        }
    }

    private async Task<IPage> OpenAsync(BrowserNewPageOptions? options = null, string? signInAs = "Alder Savings")
    {
        var address = _sample.ClientOptions.BaseAddress;
        var page = await _chromium.NewPageAsync(options);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            // A violation of the content security policy is told here.
            if (message.Type == "error")
            {
                _errors.Add(message.Text);
            }
        };
        page.Dialog += (_, dialog) => _errors.Add("A script ran: " + dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.ToString(), StringComparison.Ordinal))
            {
                _foreign.Add(request.Url);
            }
        };
        if (signInAs is not null)
        {
            await page.APIRequest.PostAsync(new Uri(address, "sign-in").ToString(), new() { DataObject = new { customer = signInAs, user = "Ana" } });
        }

        await page.GotoAsync(new Uri(address, "cache").ToString());
        await Expect(page.Locator("body[data-ready]")).ToBeVisibleAsync();
        return page;
    }

    private static string Locate(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The page is tested in a browser, and none is on PATH. Install it: apt-get install {program}");
}
