using System.Security.Cryptography;
using System.Text;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace ScopedCaching.Output;

/// <summary>What an endpoint's attribute asks for, checked and made ready. Immutable.</summary>
internal sealed class PageTerms
{
    private const string EndpointTag = "output-endpoint:";
    private static readonly TimeSpan s_uncacheableFor = TimeSpan.FromSeconds(2);

    // After that one request sees whether the response may be stored by now, and nobody waits for it.
    private static readonly TimeSpan s_uncacheableStaleFor = TimeSpan.FromMinutes(1);

    private readonly OutputCacheStackAttribute _attribute;
    private readonly string _routePattern;
    private readonly string _endpointTag;
    private Made? _made;

    /// <param name="attribute">The most specific one of the endpoint.</param>
    /// <param name="endpoint">What tells the endpoint from every other of the application.</param>
    /// <param name="routePattern">What people call it.</param>
    /// <param name="alwaysByQuery">Names of the query by which the endpoint itself chooses what it does; they count whatever the attribute names.</param>
    /// <exception cref="InvalidOperationException">The attribute asks for what cannot be.</exception>
    public PageTerms(OutputCacheStackAttribute attribute, string endpoint, string routePattern, params string[] alwaysByQuery)
    {
        (_attribute, _routePattern, _endpointTag) = (attribute, routePattern, TagOf(routePattern));
        Endpoint = Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(endpoint)).AsSpan(0, 16));
        Check(attribute, routePattern);
        Query = attribute.VaryByQuery?.Contains("*", StringComparer.Ordinal) == true ? null : Names(attribute.VaryByQuery is { } names ? [.. names, .. alwaysByQuery] : null);
        Headers = Names(attribute.VaryByHeader) ?? [];
        Routes = Names(attribute.VaryByRoute) ?? [];
        Claims = Names(attribute.VaryByClaim) ?? [];
    }

    public StorageLevel Level => _attribute.Level;

    /// <summary>A digest of what tells the endpoint from every other, because it stands in every key.</summary>
    public string Endpoint { get; }

    /// <summary>The names that count; null for the whole query.</summary>
    public string[]? Query { get; }

    public string[] Headers { get; }

    public string[] Routes { get; }

    public string[] Claims { get; }

    public bool ByUser => _attribute.VaryByUser;

    public bool ByRoles => _attribute.VaryByRoles;

    /// <summary>The tag that all responses of an endpoint bear.</summary>
    public static string TagOf(string routePattern)
    {
        var tag = EndpointTag + routePattern.Trim('/').ToLowerInvariant();
        return tag.Length <= EntryTags.LongestTag ? tag : EndpointTag + Convert.ToHexString(SHA256.HashData(Encoding.Unicode.GetBytes(tag)));
    }

    public bool Covers(string header) => Array.Exists(Headers, name => name.Equals(header, StringComparison.OrdinalIgnoreCase));

    /// <summary>How responses are stored, by the named policy as it is now.</summary>
    /// <exception cref="InvalidOperationException">There is no such policy.</exception>
    public PagePolicies Policies(CacheServices services)
    {
        var basis = _attribute.Policy is { } name ? Named(name, services) : services.DefaultPolicy;
        if (_made is { } made && ReferenceEquals(made.Basis, basis))
        {
            return made.Policies;
        }

        var page = basis with
        {
            Expiration = _attribute.Expiration ?? (_attribute.Seconds > 0 ? TimeSpan.FromSeconds(_attribute.Seconds) : basis.Expiration),
            StaleFor = _attribute.StaleFor > 0 ? TimeSpan.FromSeconds(_attribute.StaleFor) : basis.StaleFor,
            Tags = [.. basis.Tags, .. _attribute.Tags ?? [], _endpointTag],
            Serializer = PageSerializer.Instance,

            // Bodies stay in the encoding they were rendered in; to compress them is the policy's choice, not a default.
            Compress = basis.Compress ?? false,
            OncePerRequest = false,
            FactorySoftTimeout = null,
            FactoryHardTimeout = null,
        };
        var uncacheable = page with { Expiration = s_uncacheableFor, SlidingExpiration = null, StaleFor = s_uncacheableStaleFor, RefreshAhead = null, LocalFor = null, Jitter = TimeSpan.Zero };
        var leased = page.LocalFor is null && page.RefreshAhead is null && page.SlidingExpiration is null
            ? new EntryRead { Format = new EntryFormat { Encrypt = page.Encrypt, Compress = page.Compress, Serializer = PageSerializer.Leasing }, Tags = page.EntryTags }
            : null;
        made = new Made(basis, new PagePolicies(page, uncacheable, leased));
        _made = made;
        return made.Policies;
    }

    private CachePolicy Named(string name, CacheServices services)
    {
        try
        {
            return services.Policy(name);
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidOperationException($"[OutputCacheStack] on '{_routePattern}': {refusal.Message}", refusal);
        }
    }

    private static void Check(OutputCacheStackAttribute attribute, string routePattern)
    {
        string? problem = attribute switch
        {
            { Seconds: < 0 } => "Seconds must not be negative.",
            { StaleFor: < 0 } => "StaleFor must not be negative.",
            { Expiration: { } expiration } when expiration <= TimeSpan.Zero => "the expiration must be positive.",
            { Level: StorageLevel.Service, VaryByUser: true } => "VaryByUser requires the level Stack or Session, because at the service level users of different customers may have the same id.",
            _ when !Enum.IsDefined(attribute.Level) => "there is no such Level.",
            _ when Blank(attribute.VaryByQuery) || Blank(attribute.VaryByHeader) || Blank(attribute.VaryByRoute) || Blank(attribute.VaryByClaim) => "a name to vary by is blank.",
            _ when Array.Exists(attribute.VaryByHeader ?? [], static name => name is "*") => "VaryByHeader takes names of headers; '*' is not a header name.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new InvalidOperationException($"[OutputCacheStack] on '{routePattern}': {problem}");
        }

        try
        {
            _ = EntryTags.Of([.. attribute.Tags ?? []]);
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidOperationException($"[OutputCacheStack] on '{routePattern}': {refusal.Message}", refusal);
        }
    }

    private static bool Blank(string[]? names) => names is not null && Array.Exists(names, string.IsNullOrWhiteSpace);

    // In one order and spelling, so that how they are written does not matter.
    private static string[]? Names(string[]? names) =>
        names is null ? null : [.. names.Select(static name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private sealed record Made(CachePolicy Basis, PagePolicies Policies);
}

/// <param name="Page">Of responses.</param>
/// <param name="Uncacheable">Of the mark that a response was not storable.</param>
/// <param name="Leased">How a response is read for one request; null where what is read stays in the process's memory.</param>
internal sealed record PagePolicies(CachePolicy Page, CachePolicy Uncacheable, EntryRead? Leased);
