using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Memcached;
using WebExtension.Tests.Readme;

namespace WebExtension.Tests;

/// <summary>The documents' code is the code that is compiled here, and works.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_root = Root();
    private static readonly string[] s_documents =
    [
        .. ((string[])["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"]).Concat(
            Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md")
                .Concat(Directory.GetDirectories(Path.Combine(s_root, "src")).Select(static project => Path.Combine(project, "README.md")).Where(File.Exists))
                .Select(static file => Path.GetRelativePath(s_root, file))),
    ];

    [Fact]
    public void Every_snippet_of_the_documents_is_compiled_as_it_stands_there()
    {
        var fences = s_documents
            .SelectMany(document => Fence().Matches(File.ReadAllText(Path.Combine(s_root, document))))
            .Select(match => match.Groups["code"].Value.TrimEnd());
        var compiled = Directory.EnumerateFiles(Path.Combine(s_root, "tests/WebExtension.Tests/Readme"), "*.cs")
            .SelectMany(file => Region().Matches(File.ReadAllText(file)))
            .Select(match => string.Concat(Pause().Split(match.Groups["code"].Value).Select(Unindent)).TrimEnd());

        Assert.Equal(fences.Order(StringComparer.Ordinal), compiled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_file_the_documents_link_to_is_there()
    {
        foreach (var document in s_documents)
        {
            var path = Path.Combine(s_root, document);
            foreach (Match link in Link().Matches(File.ReadAllText(path)))
            {
                var target = Path.Combine(Path.GetDirectoryName(path)!, link.Groups["path"].Value);
                var found = File.Exists(target);
                Assert.True(found, $"{document}: {link.Value}");
            }
        }
    }

    [Fact]
    public void Every_heading_the_documents_link_to_is_there()
    {
        foreach (var document in s_documents)
        {
            var path = Path.Combine(s_root, document);
            foreach (Match link in Anchor().Matches(File.ReadAllText(path)))
            {
                var target = link.Groups["path"] is { Length: > 0 } other ? Path.Combine(Path.GetDirectoryName(path)!, other.Value) : path;
                var anchors = Heading().Matches(Fenced().Replace(File.ReadAllText(target), "")).Select(static heading => AnchorOf(heading.Groups["text"].Value));
                Assert.True(anchors.Contains(link.Groups["anchor"].Value, StringComparer.Ordinal), $"{document}: {link.Value}");
            }
        }
    }

    [Fact]
    public void Every_setting_that_a_document_names_as_a_variable_is_one()
    {
        using var services = new ServiceCollection().AddMemcachedScopedCache().BuildServiceProvider();
        var known = services.GetRequiredService<IOptions<MemcachedSectionKeys>>().Value.Known;
        foreach (var document in (string[])[.. s_documents, "docs/compose.yaml"])
        {
            foreach (Match variable in Variable().Matches(File.ReadAllText(Path.Combine(s_root, document))))
            {
                Assert.True(known.Contains(variable.Groups["key"].Value), $"{document}: {variable.Value}");
            }
        }
    }

    [Fact]
    public void Every_setting_is_documented()
    {
        var document = File.ReadAllText(Path.Combine(s_root, "docs/configuration.md"));
        using var services = new ServiceCollection().AddMemcachedScopedCache().BuildServiceProvider();

        Assert.All(services.GetRequiredService<IOptions<MemcachedSectionKeys>>().Value.Known, key =>
        {
            Assert.Contains($"| `{key}` |", document, StringComparison.Ordinal);
            Assert.Matches(new Regex($"^Cache__{key}(__|=)", RegexOptions.Multiline, TimeSpan.FromSeconds(1)), document);
        });
    }

    [Fact]
    public async Task The_quick_start_caches_for_each_customer()
    {
        var seen = Task.CompletedTask;
        QuickStart.Run(["--environment=Development", "--CACHE_HOST=", "--CACHE_PORT=", "--urls=http://127.0.0.1:0"], app => seen = Task.Run(async () =>
        {
            try
            {
                using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
                var times = new List<string>();
                foreach (var customer in (string[])["acme", "acme", "birch"])
                {
                    times.Add(await TimeAsync(client, customer, HttpStatusCode.OK));
                }

                Assert.Equal(times[0], times[1], StringComparer.Ordinal);
                Assert.NotEqual(times[0], times[2], StringComparer.Ordinal);
                Assert.Contains("X-Customer", await TimeAsync(client, "", HttpStatusCode.InternalServerError), StringComparison.Ordinal);
            }
            finally
            {
                app.Lifetime.StopApplication();
            }
        }));
        await seen;
    }

    [Fact]
    public async Task An_application_with_users_caches_for_a_signed_in_customer()
    {
        var store = new AccountStore();
        await using var app = Snippets.WithUsers(["--environment=Development", "--CACHE_HOST=", "--CACHE_PORT="], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Services.AddSingleton(store);
        });
        Snippets.SignIn(app);
        await app.StartAsync();
        using var client = app.GetTestClient();
        using var entered = await client.PostAsync("/sign-in", content: null);
        client.DefaultRequestHeaders.Add("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);

        using var first = await client.GetAsync("/accounts/1");
        using var second = await client.GetAsync("/accounts/1");

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("""{"id":"1"}""", await second.Content.ReadAsStringAsync());
        Assert.Equal(1, store.Loads);
    }

    [Fact]
    public async Task The_whole_responses_are_cached_and_evicted()
    {
        var reports = new ReportStore();
        await using var app = Snippets.WithUsers(["--environment=Development", "--CACHE_HOST=", "--CACHE_PORT="], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Services.AddSingleton<AccountStore>().AddSingleton(reports).AddControllers().AddApplicationPart(typeof(ReportsController).Assembly);
            Snippets.PlatformOutputCache(builder.Services);
        });
        Snippets.Responses(app);
        app.MapControllers();
        app.MapGet("/enter", static (HttpContext context) => context.SignInAsync(new ClaimsPrincipal(
            new ClaimsIdentity([new Claim("customer_key", "acme"), new Claim("sub", "ana"), new Claim("sid", "1")], "Cookies"))));
        app.MapGet("/evict", static (IOutputCacheStackEviction eviction, CancellationToken ct) => Snippets.EvictAsync(eviction, ct));
        await app.StartAsync();
        using var client = app.GetTestClient();
        using var entered = await client.GetAsync("/enter");
        client.DefaultRequestHeaders.Add("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);

        string[] paths = ["/branches", "/statement?month=5", "/statement?month=6", "/reports"];
        foreach (var path in paths.Concat(paths))
        {
            await client.GetStringAsync(path);
        }

        Assert.Equal(paths.Length, reports.Renders);
        await client.GetStringAsync("/evict");
        await client.GetStringAsync("/branches");
        Assert.Equal(paths.Length + 1, reports.Renders);
    }

    [Fact]
    public async Task The_operations_do_what_their_comments_say()
    {
        await using var caches = ScopedCacheTesting.Create();

        var (found, removal, visits) = await Snippets.OperationsAsync(caches, new Report("May"), CancellationToken.None);

        Assert.True(found.Found);
        Assert.Equal((RemoveOutcome.Removed, 1UL), (removal, visits));
        Assert.Equal(new Report("May"), await caches.GetCache("drafts", StorageLevel.Session).GetAsync<Report>("report"));
    }

    [Fact]
    public async Task The_platforms_hybrid_cache_is_a_customers_cache()
    {
        var services = new ServiceCollection();
        Snippets.Hybrid(services);
        services.UseEmbeddedMemcached();
        await using var provider = services.BuildServiceProvider();
        var caches = provider.GetRequiredService<IScopedHybridCacheFactory>();
        var store = new AccountStore();

        foreach (var customer in (string[])["acme", "acme", "birch"])
        {
            Assert.Equal(new StoredAccount("1"), await new AccountReader(caches.Create(customer), store).ReadAsync("1", CancellationToken.None));
        }

        Assert.Equal(2, store.Loads);
    }

    [Fact]
    public async Task The_cached_functions_do_what_their_comments_say()
    {
        await using var caches = ScopedCacheTesting.Create();
        var store = new ProfileStore();

        Assert.True(await Snippets.CompanionAsync(new Profiles(caches, store), new User("ana"), CancellationToken.None));
        Assert.Equal(2, store.Loads);
    }

    [Fact]
    public async Task The_cached_service_is_cached()
    {
        await using var caches = ScopedCacheTesting.Create();
        var services = new ServiceCollection().AddSingleton<IScopedCache>(caches).AddSingleton<ProfileStore>();
        Snippets.CachedService(services);
        await using var provider = services.BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IPhoneBook>().FindAsync(new User("ana"));
        await scope.ServiceProvider.GetRequiredService<IPhoneBook>().FindAsync(new User("ana"));

        Assert.Equal(1, provider.GetRequiredService<ProfileStore>().Loads);
        Assert.True((await scope.ServiceProvider.GetRequiredService<IPhoneBookCache>().FindCache.TryGetAsync(new User("ana"))).Found);
    }

    [Fact]
    public async Task The_provider_alone_is_a_distributed_cache()
    {
        await using var services = new ServiceCollection().AddMemcachedCache(static o => o.Embedded = new EmbeddedMemcached()).BuildServiceProvider();
        var cache = services.GetRequiredService<IDistributedCache>();
        await new Greetings(cache).KeepAsync("hello", CancellationToken.None);

        Assert.Equal("hello", await cache.GetStringAsync("greeting"));
    }

    [Fact]
    public void The_registrations_are_accepted()
    {
        var services = new ServiceCollection();
        Snippets.Claims(services);
        Snippets.KeyRing(services);
        Snippets.ProviderOnly(services);
        using var provider = services.BuildServiceProvider();

        Assert.Equal("memcached.internal:11211", provider.GetRequiredService<IOptions<MemcachedOptions>>().Value.Servers.Single().ToString());
    }

    [Fact]
    public async Task Telemetry_is_subscribed_to_by_the_names_of_meters_and_sources()
    {
        using var telemetry = TelemetrySnippets.Subscribe();
        await using var caches = ScopedCacheTesting.Create();
        var meters = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => { if (instrument.Enabled) { meters.Add(instrument.Meter.Name); } } };
        listener.Start();

        Assert.Superset(new HashSet<string>([MemcachedTelemetry.MeterName, ScopedCacheTelemetry.MeterName], StringComparer.Ordinal), meters);
        using var provider = new ActivitySource(ScopedCacheTelemetry.ActivitySourceName);
        using var client = new ActivitySource(MemcachedTelemetry.ActivitySourceName);
        Assert.True(provider.HasListeners() && client.HasListeners());
    }

    [Fact]
    public async Task The_inspector_is_mapped_under_its_policies()
    {
        var builder = WebApplication.CreateBuilder(["--environment=Development", "--CACHE_HOST=", "--CACHE_PORT="]);
        builder.Services.AddMemcachedScopedCache();
        await using var app = Snippets.InspectorWithPolicies(builder);
        Snippets.Inspector(app);

        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints).ToList();
        Assert.Equal(24, endpoints.Count);
        Assert.All(endpoints, static endpoint => Assert.Equal("operators", endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy));
    }

    private static async Task<string> TimeAsync(HttpClient client, string customer, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/time") { Headers = { { "X-Customer", customer } } };
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Provider.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    // As GitHub makes them: lower case, blanks become hyphens, punctuation goes.
    private static string AnchorOf(string heading) => string.Concat(
        heading.Trim().ToLowerInvariant().Where(static character => char.IsLetterOrDigit(character) || character is ' ' or '-' or '_').Select(static character => character == ' ' ? '-' : character));

    private static string Unindent(string code)
    {
        var lines = code.Split('\n').Select(static line => line.TrimEnd()).ToArray();
        var indent = lines.Where(static line => line.Length > 0).Select(static line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("^ *// <readme>\n(?<code>.*?)^ *// </readme>", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Region();

    [GeneratedRegex("^ *// <pause>\n.*?^ *// </pause>\n", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Pause();

    [GeneratedRegex(@"\]\((?<path>[^):#]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\]\((?<path>[^):#]*)#(?<anchor>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Anchor();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Fenced();

    [GeneratedRegex("\\bCache__(?<key>[A-Za-z]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();
}
