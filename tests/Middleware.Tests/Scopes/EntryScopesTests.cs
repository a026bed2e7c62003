using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>Which scope belongs to whom: stored entries stand under these names.</summary>
public sealed class EntryScopesTests
{
    private readonly Monitor _options = new();

    [Fact]
    public void The_parts_of_a_scope_stand_where_they_belong()
    {
        var scopes = new EntryScopes(_options);

        Assert.Equal(new EntryScope("app", "stack", "acme", "acme", "view"), scopes.Stack("acme", "view"));
        Assert.Equal(new EntryScope("app", "service", "", "", "view"), scopes.Service("view"));
        Assert.Equal(new EntryScope("app", "session", "acme", "iWQRH9u-uBnC46NJuxcEYgY4dTEKwCbf98y8-cKyHIM", "view"), scopes.Session("acme", "me", "1", "view"));
    }

    /// <summary>
    /// Computed apart from this code, with Python:
    /// <code>
    /// text = b"".join(struct.pack("&lt;i", len(part)) + part.encode("utf-16-le") for part in (customer, user, session))
    /// base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=")
    /// </code>
    /// </summary>
    [Theory]
    [InlineData("acme", "me", "1", "iWQRH9u-uBnC46NJuxcEYgY4dTEKwCbf98y8-cKyHIM")]
    [InlineData("a", "", "ü", "CGV4p2Q1biQuIetO_GKmHcHxzoSGLJKrETiCwVMWQ6g")]
    public void A_session_is_named_by_a_hash_of_its_three_parts(string customer, string user, string session, string id) =>
        Assert.Equal(id, new EntryScopes(_options).Session(customer, user, session, "").Id);

    [Fact]
    public void Half_a_surrogate_pair_makes_another_session()
    {
        var scopes = new EntryScopes(_options);

        Assert.NotEqual(scopes.Session("a", "\ud800", "s", ""), scopes.Session("a", "\ud801", "s", ""));
        Assert.NotEqual(scopes.Session("a", "\ud800", "s", ""), scopes.Session("a", "\ufffd", "s", ""));
    }

    [Fact]
    public void A_known_customers_scope_and_the_services_are_made_once()
    {
        var scopes = new EntryScopes(_options);
        var (acme, service) = (scopes.Stack("acme", ""), scopes.Service(""));

        Assert.Same(acme, scopes.Stack("acme", ""));
        Assert.Same(service, scopes.Service(""));
        Assert.NotEqual(acme, scopes.Stack("Acme", ""));
        Assert.NotEqual(acme, scopes.Stack("acme", "view"));
        Assert.NotEqual(service, scopes.Stack("", ""));
    }

    [Fact]
    public void After_so_many_customers_the_scopes_are_made_anew_and_are_the_same_ones()
    {
        const int kept = 4096;
        var scopes = new EntryScopes(_options);
        var first = scopes.Stack("0", "");
        for (var i = 1; i < kept; i++)
        {
            scopes.Stack($"{i}", "");
        }

        Assert.Same(first, scopes.Stack("0", ""));
        var next = scopes.Stack("next", "");
        var again = scopes.Stack("0", "");
        Assert.NotSame(first, again);
        Assert.Equal(first, again);
        Assert.Same(next, scopes.Stack("next", ""));

        // And once more, not sooner: two stand there by now.
        for (var i = 2; i < kept; i++)
        {
            scopes.Stack($"{i}", "");
        }

        Assert.Same(next, scopes.Stack("next", ""));
        scopes.Stack("one too many", "");
        Assert.NotSame(next, scopes.Stack("next", ""));
    }

    [Fact]
    public void A_prefix_that_changes_under_a_running_service_orphans_nothing()
    {
        var scopes = new EntryScopes(_options);
        _options.CurrentValue = new MemcachedOptions { Prefix = "changed" };

        Assert.Equal("app", scopes.Stack("acme", "").Prefix);
    }

    private sealed class Monitor : IOptionsMonitor<MemcachedOptions>
    {
        public MemcachedOptions CurrentValue { get; set; } = new() { Prefix = "app" };

        public MemcachedOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<MemcachedOptions, string?> listener) => null;
    }
}
