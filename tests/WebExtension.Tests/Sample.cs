using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WebExtension.Tests;

/// <summary>One instance of the sample: with the embedded server, or with the settings of a test.</summary>
public sealed class Sample(params (string Key, string Value)[] settings) : WebApplicationFactory<Program>
{
    public Browser NewBrowser() => new(CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false }));

    /// <summary>What runs beside requests, by the names of the types.</summary>
    public IEnumerable<string> HostedServices => Services.GetServices<IHostedService>().Select(static service => service.GetType().FullName!);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Nothing of the machine's own environment reaches a test.
        foreach (var key in (string[])["CACHE_HOST", "CACHE_PORT", "DATA_PROTECTION_KEYS", "CORE_LEDGER", "OTEL_EXPORTER_OTLP_ENDPOINT"])
        {
            builder.UseSetting(key, "");
        }

        // A machine that is busy is no outage.
        foreach (var key in (string[])["Cache:Timeout", "Cache:ConnectTimeout"])
        {
            builder.UseSetting(key, "30");
        }

        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureLogging(static logging => logging.ClearProviders());
    }
}

/// <summary>Somebody's browser: it keeps its cookies.</summary>
public sealed class Browser(HttpClient client) : IDisposable
{
    public HttpClient Client => client;

    public async Task SignInAsync(string customer, string user)
    {
        using var answer = await client.PostAsJsonAsync("/sign-in", new { customer, user });
        answer.EnsureSuccessStatusCode();
    }

    public async Task SignOutAsync()
    {
        using var answer = await client.PostAsync("/sign-out", content: null);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<Answer> GetAsync(string path)
    {
        using var response = await client.GetAsync(path);
        return await Answer.OfAsync(response);
    }

    public async Task<Answer> PutAsync(string path, object content)
    {
        using var response = await client.PutAsJsonAsync(path, content);
        return await Answer.OfAsync(response);
    }

    public async Task<Answer> PostAsync(string path, object content)
    {
        using var response = await client.PostAsJsonAsync(path, content);
        return await Answer.OfAsync(response);
    }

    public async Task<int> CoreCallsAsync(string operation) => (await GetAsync("/api/core/calls")).Json.GetProperty(operation).GetInt32();

    public async Task<string[]> AccountIdsAsync() =>
        [.. (await GetAsync("/api/accounts")).Json.EnumerateArray().Select(account => account.GetProperty("id").GetString()!)];

    public void Dispose() => client.Dispose();
}

/// <summary>What came back, and what the header says about the cache: level and outcome, without the time.</summary>
public sealed record Answer(int Status, string Text, string? Cache, long Microseconds)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        if (!response.Headers.TryGetValues("X-Cache", out var values))
        {
            return new Answer((int)response.StatusCode, text, Cache: null, 0);
        }

        var parts = Assert.Single(values).Split("; ");
        Assert.Equal(3, parts.Length);
        return new Answer((int)response.StatusCode, text, $"{parts[0]}; {parts[1]}", long.Parse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
