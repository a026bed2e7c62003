using System.Collections.Concurrent;
using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.RealMemcached;

namespace Middleware.Tests.Output;

/// <summary>
/// 50 customers of 20 users each, every way to vary, two instances on one real memcached, concurrent requests of which some are aborted: whoever asks is told only what is
/// theirs, and no page is rendered more often than it must be.
/// </summary>
public sealed class AdversarialMatrixTests
{
    private const int Seed = 5;
    private const int CustomersAtOnce = 4;
    private const int AskingTwice = 10;
    private const int AbortedOf = 25;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly string[] s_queries = ["", "?q=", "?q=1", "?q=1&q=1", "?q=1%2C1", "?q=11", "?q=a", "?q=A", "?q=%1E1", "?q=1%261", "?q=1%3D1"];
    private static readonly string?[] s_headers = [null, "1", "1,1", "1, 1", "11", "a", "A", "1;1"];
    private static readonly string[] s_routes = ["1", "11", "a", "A", "1%2F1", "1%1E1", "%C3%A9", "1%3Fq=1"];

    private readonly MatrixPeople _people = new();
    private readonly ConcurrentQueue<string> _rendered = new();
    private readonly ConcurrentQueue<string> _aborted = new();
    private readonly ConcurrentDictionary<string, Rendering> _byETag = new(StringComparer.Ordinal);
    private readonly string?[] _someTags = new string?[MatrixPeople.UsersOfEach];
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _mismatches = new();
    private int _answered;

    [Fact]
    public async Task Everybody_is_told_only_what_is_theirs_and_no_variant_is_rendered_twice()
    {
        await using var server = await RealMemcachedServer.StartAsync("-m", "256");
        var ring = new EphemeralDataProtectionProvider();
        await using var here = await MatrixSite.StartAsync(server, ring, _people, _rendered);
        await using var there = await MatrixSite.StartAsync(server, ring, _people, _rendered);
        MatrixSite[] sites = [here, there];

        using var patience = new CancellationTokenSource(s_patience);
        var bursts = Enumerable.Range(0, MatrixPeople.Customers).SelectMany(static customer => Enumerable.Range(0, MatrixPage.All.Count).Select(page => (customer, page))).ToArray();
        new Random(Seed).Shuffle(bursts);
        await Parallel.ForEachAsync(
            bursts,
            new ParallelOptions { MaxDegreeOfParallelism = CustomersAtOnce, CancellationToken = patience.Token },
            (burst, cancellationToken) => BurstAsync(sites, burst.customer, burst.page, cancellationToken));

        Assert.Empty(_mismatches.Take(10));
        Assert.True(_answered > bursts.Length * MatrixPeople.UsersOfEach, "Too few requests were answered.");
        Assert.NotEmpty(_aborted);
        Assert.InRange(_rendered.Count, _told.Count, _asked.Count + _aborted.Count);

        // And of each variant: once, and once more for each who was aborted, and may have been rendering it.
        var aborted = _aborted.ToLookup(static variant => variant, StringComparer.Ordinal);
        Assert.Empty(_rendered.CountBy(static variant => variant, StringComparer.Ordinal).Where(times => times.Value > 1 + aborted[times.Key].Count()).Take(10));
    }

    /// <summary>All users of a customer ask for a page at once, for values of a few kinds, so that many want the same variant while it is rendered.</summary>
    private async ValueTask BurstAsync(MatrixSite[] sites, int customer, int page, CancellationToken cancellationToken)
    {
        var random = new Random((customer * MatrixPage.All.Count) + page);
        var route = s_routes[random.Next(s_routes.Length)];
        var (queries, headers) = (random.GetItems(s_queries, 2), random.GetItems(s_headers, 2));
        var requests = new List<Task>();
        for (var asker = 0; asker < MatrixPeople.UsersOfEach + AskingTwice; asker++)
        {
            var user = asker % MatrixPeople.UsersOfEach;
            var ask = new Ask(MatrixPage.All[page], customer, user, route, queries[random.Next(2)], headers[random.Next(2)], random.Next(AbortedOf) == 0 ? random.Next(8) : null);
            requests.Add(AskAsync(sites[random.Next(sites.Length)], ask, cancellationToken));
        }

        await Task.WhenAll(requests);
    }

    private async Task AskAsync(MatrixSite site, Ask ask, CancellationToken cancellationToken)
    {
        var wanted = ask.Wanted(_people);
        _asked.TryAdd(wanted.Variant(ask.Page), true);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{ask.Page.Name}/{ask.Route}{ask.Query}");
        request.Headers.Add(MatrixSite.UserHeader, MatrixPeople.NameOf(ask.Customer, ask.User));
        if (ask.Header is not null)
        {
            request.Headers.Add(MatrixSite.VariedHeader, ask.Header);
        }

        // Somebody's tag, whoever that is: what it was given for must be what is wanted here, or the page itself comes.
        if (_someTags[ask.User] is { } tag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (ask.AbortedAfter is { } milliseconds)
        {
            abort.CancelAfter(milliseconds);
        }

        try
        {
            using var response = await site.Client.SendAsync(request, abort.Token);
            Check(ask, wanted, response, await response.Content.ReadAsStringAsync(abort.Token));
        }
        catch (OperationCanceledException) when (ask.AbortedAfter is not null && !cancellationToken.IsCancellationRequested)
        {
            _aborted.Enqueue(wanted.Variant(ask.Page));
        }
    }

    private void Check(Ask ask, Rendering wanted, HttpResponseMessage response, string text)
    {
        Interlocked.Increment(ref _answered);
        var tag = response.Headers.ETag?.ToString();
        var told = response.StatusCode switch
        {
            HttpStatusCode.OK => JsonSerializer.Deserialize<Rendering>(text),
            HttpStatusCode.NotModified when tag is not null && _byETag.TryGetValue(tag, out var known) => known,
            _ => null,
        };
        if (told is null || !string.Equals(told.Variant(ask.Page), wanted.Variant(ask.Page), StringComparison.Ordinal))
        {
            _mismatches.Enqueue($"{(int)response.StatusCode} for {JsonSerializer.Serialize(wanted)}: {text}");
            return;
        }

        _told.TryAdd(wanted.Variant(ask.Page), true);
        _someTags[(ask.User + ask.Customer) % _someTags.Length] = tag;
        if (tag is not null && !string.Equals(_byETag.GetOrAdd(tag, told).Variant(ask.Page), told.Variant(ask.Page), StringComparison.Ordinal))
        {
            _mismatches.Enqueue($"The tag {tag} is one of two pages: {text}");
        }
    }

    private sealed record Ask(MatrixPage Page, int Customer, int User, string Route, string Query, string? Header, int? AbortedAfter)
    {
        /// <summary>What the page must say, as far as it varies.</summary>
        public Rendering Wanted(MatrixPeople people)
        {
            var principal = people[Customer, User];
            var query = Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static pair => Uri.UnescapeDataString(pair.Split('=', 2)[1]));
            return new Rendering(
                Page.Name,
                Of(principal, "customer_key")[0],
                Of(principal, "sub")[0],
                Of(principal, "sid")[0],
                Of(principal, ClaimTypes.Role),
                Of(principal, "region"),
                [.. query],
                Header,
                Uri.UnescapeDataString(Route).Replace("/", "%2F", StringComparison.Ordinal),
                Padding: "");
        }

        private static string[] Of(ClaimsPrincipal principal, string type) =>
            [.. principal.FindAll(type).Select(static claim => claim.Value).Order(StringComparer.Ordinal)];
    }
}
