using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using ScopedCaching.Memcached;

namespace WebExtension.Tests;

/// <summary>The inspector's page with several servers, one of which goes away.</summary>
public sealed class InspectorServersTests : IAsyncLifetime
{
    private readonly EmbeddedMemcached[] _servers = [new(), new(), new()];
    private readonly string[] _names;
    private readonly Sample _sample;
    private InspectorBrowser _browser = null!;

    public InspectorServersTests()
    {
        _names = [.. _servers.Select(static server => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.ListenTcp().Port}"))];
        _sample = new Sample(("Cache:Servers", string.Join(',', _names)), ("Cache:Timeout", "20"), ("Cache:ConnectTimeout", "20"));
    }

    public async ValueTask InitializeAsync() => _browser = await InspectorBrowser.StartAsync(_sample);

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _sample.DisposeAsync();
        Array.ForEach(_servers, static server => server.Dispose());
    }

    [Theory]
    [InlineData("light", 1280, 900)]
    [InlineData("dark", 1280, 900)]
    [InlineData("phone", 360, 740)]
    [InlineData("phone-dark", 360, 740)]
    public async Task Each_server_is_shown_and_one_that_went_away_with_the_reason(string name, int width, int height)
    {
        var client = _sample.Services.GetRequiredService<IMemcachedClient>();
        for (var i = 0; i < 300; i++)
        {
            await client.SetAsync(string.Create(CultureInfo.InvariantCulture, $"key:{i}"), new byte[4096]);
        }

        var page = await _browser.OpenAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = name.Contains("dark", StringComparison.Ordinal) ? ColorScheme.Dark : ColorScheme.Light,
        });
        var rows = page.Locator("#servers tr");
        await Expect(rows).ToHaveCountAsync(3);
        await Expect(page.Locator("#servers-count")).ToHaveTextAsync("All 3 answer");
        for (var i = 0; i < 3; i++)
        {
            await Expect(rows.Nth(i)).ToContainTextAsync(_names[i]);
            await Expect(rows.Nth(i)).ToContainTextAsync("memcached 1.6.");
            await Expect(rows.Nth(i)).ToContainTextAsync("of 64 MiB");
            await Expect(rows.Nth(i).Locator("td").Nth(2)).ToHaveTextAsync(_servers[i].Count.ToString(CultureInfo.InvariantCulture));
        }

        _servers[1].Dispose();

        // (It asks every five seconds.)
        await Expect(page.Locator("#servers-count")).ToHaveTextAsync("2 of 3 answer", new() { Timeout = 30_000 });
        await Expect(rows).ToHaveCountAsync(3);
        await Expect(rows.Nth(0)).ToContainTextAsync("of 64 MiB");
        await Expect(rows.Nth(1)).ToContainTextAsync(_names[1]);
        await Expect(rows.Nth(1)).ToContainTextAsync("down");
        await Expect(rows.Nth(1)).ToContainTextAsync("ConnectionRefused");
        await Expect(rows.Nth(2)).ToContainTextAsync("of 64 MiB");
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await page.Locator("#h-servers").EvaluateAsync("heading => heading.scrollIntoView()");
        await InspectorBrowser.PictureAsync(page, name + "-servers");
        Assert.Empty(_browser.Errors);
        Assert.Empty(_browser.Foreign);
    }

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);
}
