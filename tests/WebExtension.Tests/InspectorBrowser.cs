using Microsoft.Playwright;
using Provider.Tests.Doubles;

namespace WebExtension.Tests;

/// <summary>The chromium of this machine at the inspector's page of a sample. With the environment variable INSPECTOR_PICTURES, pictures are left in that folder.</summary>
public sealed class InspectorBrowser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _chromium;
    private readonly Uri _address;

    private InspectorBrowser(IPlaywright playwright, IBrowser chromium, Uri address) => (_playwright, _chromium, _address) = (playwright, chromium, address);

    public static string? Pictures => Environment.GetEnvironmentVariable("INSPECTOR_PICTURES") is { Length: > 0 } folder ? folder : null;

    /// <summary>What scripts threw, and what the content security policy refused.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>What was asked for elsewhere.</summary>
    public List<string> Foreign { get; } = [];

    public static async Task<InspectorBrowser> StartAsync(Sample sample)
    {
        Assertions.SetDefaultExpectTimeout((float)Eventually.Patience.TotalMilliseconds);
        sample.UseKestrel(0);
        sample.StartServer();
        var playwright = await Playwright.CreateAsync();
        var chromium = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Locate("chromium"),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        });
        return new InspectorBrowser(playwright, chromium, sample.ClientOptions.BaseAddress);
    }

    public static async Task PictureAsync(IPage page, string name)
    {
        if (Pictures is { } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"inspector-{name}.png") });
        }
    }

    public async Task<IPage> OpenAsync(BrowserNewPageOptions? options = null, string? signInAs = "Alder Savings")
    {
        var page = await _chromium.NewPageAsync(options);
        page.PageError += (_, error) => Errors.Add(error);
        page.Console += (_, message) =>
        {
            // A violation of the content security policy is told here.
            if (message.Type is "error")
            {
                Errors.Add(message.Text);
            }
        };
        page.Dialog += (_, dialog) => Errors.Add("A script ran: " + dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_address.ToString(), StringComparison.Ordinal))
            {
                Foreign.Add(request.Url);
            }
        };
        if (signInAs is not null)
        {
            await page.APIRequest.PostAsync(new Uri(_address, "sign-in").ToString(), new() { DataObject = new { customer = signInAs, user = "Ana" } });
        }

        await page.GotoAsync(new Uri(_address, "cache").ToString());
        await Assertions.Expect(page.Locator("body[data-ready]")).ToBeVisibleAsync();
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _playwright.Dispose();
    }

    private static string Locate(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"The page is tested in a browser, and none is on PATH. Install it: apt-get install {program}");
}
