using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>The places where a part of a scope is looked for, and what is said where it is not.</summary>
public sealed class ScopeResolverTests
{
    private readonly DefaultHttpContext _context = new();

    [Fact]
    public async Task A_claim()
    {
        var resolver = ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "bank"));
        _context.User = TestApp.Principal("bank=acme");

        Assert.Equal("acme", await resolver.ResolveAsync(_context));
        Assert.Equal("the claim 'bank' of the authenticated identities", resolver.Source);
        Assert.True(resolver.Remembered);
    }

    [Fact]
    public async Task The_claims_of_a_user()
    {
        var resolver = ScopeResolver.For(new ScopeOrigin(ScopeOriginKind.UserClaims, "user"));
        _context.User = TestApp.Principal("sub=me");

        Assert.Equal("me", await resolver.ResolveAsync(_context));
        Assert.Contains("'sub' or the name of the authenticated identities", resolver.Source, StringComparison.Ordinal);
        Assert.Contains("nameidentifier", resolver.Source, StringComparison.Ordinal);
        Assert.True(resolver.Remembered);
    }

    [Fact]
    public async Task A_route_value_that_is_text()
    {
        var resolver = ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.RouteValue, "bank"));

        Assert.Null(await resolver.ResolveAsync(_context));
        _context.Request.RouteValues["bank"] = 7;
        Assert.Null(await resolver.ResolveAsync(_context));
        _context.Request.RouteValues["bank"] = "acme";
        Assert.Equal("acme", await resolver.ResolveAsync(_context));
        Assert.Equal("the route value 'bank'", resolver.Source);
        Assert.False(resolver.Remembered);
    }

    [Fact]
    public async Task The_host()
    {
        var resolver = ScopeResolver.For(new ScopeOrigin(ScopeOriginKind.Host, "host", static context => new(context.Request.Host.Host)));
        _context.Request.Host = new HostString("acme");

        Assert.Equal("acme", await resolver.ResolveAsync(_context));
        Assert.Equal("the host name", resolver.Source);
        Assert.False(resolver.Remembered);
    }

    [Fact]
    public async Task A_header_whose_values_agree()
    {
        var resolver = ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.TrustedHeader, "X-Bank"));

        Assert.Null(await resolver.ResolveAsync(_context));
        foreach (var (values, expected) in new (string?[], string?)[]
        {
            (["acme"], "acme"), (["acme", "acme"], "acme"), (["acme", "other"], null), (["acme", "ACME"], null), (["acme", null], null), ([null, "acme"], null),
            (["", "acme"], null), (["acme", "other", "acme"], null), ([null], ""),
        })
        {
            _context.Request.Headers["X-Bank"] = values;
            Assert.Equal(expected, await resolver.ResolveAsync(_context));
        }

        Assert.Equal("the header 'X-Bank'", resolver.Source);
        Assert.False(resolver.Remembered);
    }

    [Fact]
    public async Task A_value_in_the_session()
    {
        var resolver = ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.SessionString, "bank"));
        var session = new Session();

        Assert.Null(await resolver.ResolveAsync(_context));
        _context.Features.Set<ISessionFeature>(new SessionFeature { Session = session });
        Assert.Null(await resolver.ResolveAsync(_context));
        session.SetString("bank", "acme");
        Assert.Equal("acme", await resolver.ResolveAsync(_context));
        session.IsAvailable = false;
        Assert.Null(await resolver.ResolveAsync(_context));
        Assert.Equal("the value 'bank' of ASP.NET Core's session", resolver.Source);
        Assert.False(resolver.Remembered);
    }

    [Fact]
    public async Task The_sessions_id_once_something_is_stored_in_it()
    {
        var resolver = ScopeResolver.For(new ScopeOrigin(ScopeOriginKind.SessionId, "session"));
        var session = new Session();

        Assert.Null(await resolver.ResolveAsync(_context));
        _context.Features.Set<ISessionFeature>(new SessionFeature { Session = session });
        Assert.Null(await resolver.ResolveAsync(_context));
        session.SetString("anything", "");
        Assert.Equal("the id", await resolver.ResolveAsync(_context));
        session.IsAvailable = false;
        Assert.Null(await resolver.ResolveAsync(_context));
        Assert.Contains("ASP.NET Core's session", resolver.Source, StringComparison.Ordinal);
        Assert.Contains("something stored in it", resolver.Source, StringComparison.Ordinal);
        Assert.False(resolver.Remembered);
    }

    [Fact]
    public async Task A_function_by_its_own_name()
    {
        var resolver = ScopeResolver.For(ScopeOrigin.Of("the function", static _ => new("acme")));

        Assert.Equal("acme", await resolver.ResolveAsync(_context));
        Assert.Equal("the function", resolver.Source);
        Assert.True(resolver.Remembered);
    }

    [Fact]
    public void Nowhere_else() => Assert.Throws<ArgumentOutOfRangeException>(static () => ScopeResolver.For(new ScopeOrigin((ScopeOriginKind)99, "x")));

    [Fact]
    public void What_is_unknown_is_told_with_its_level_where_it_was_looked_for_and_the_cure()
    {
        var resolvers = new ScopeResolvers(
            ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "bank")),
            ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "person")),
            ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "visit")));

        Check(resolvers.CustomerUnknown(StorageLevel.Stack), StorageLevel.Stack, "customer is not known, and the Stack cache", "'bank'", "o.Customer.FromClaim(", "'Cache:CustomerClaim'");
        Check(resolvers.CustomerUnknown(StorageLevel.Session), StorageLevel.Session, "customer is not known, and the Session cache", "'bank'", "o.Customer.FromClaim(", "'Cache:CustomerClaim'");
        Check(resolvers.UserUnknown(), StorageLevel.Session, "user is not known, and the Session cache", "'person'", "o.User.FromClaim(");
        Check(resolvers.SessionUnknown(), StorageLevel.Session, "session id is not known, and the Session cache", "'visit'", "o.Session.FromAspNetSession()", "'Cache:SessionClaim'");
    }

    [Fact]
    public void Whether_the_application_asked_for_its_session_is_noted_and_finding_a_scope_is_not_asking()
    {
        var (session, other) = (new Session(), new Session());
        var watched = new WatchedSession(new SessionFeature { Session = session });
        Assert.Null(WatchedSession.Of(_context));
        _context.Features.Set<ISessionFeature>(watched);

        Assert.Same(session, WatchedSession.Of(_context));
        Assert.False(watched.IsUsed);
        watched.Session = other;
        Assert.False(watched.IsUsed);
        Assert.Same(other, watched.Session);
        Assert.True(watched.IsUsed);

        _context.Features.Set<ISessionFeature>(new SessionFeature { Session = session });
        Assert.Same(session, WatchedSession.Of(_context));
    }

    private static void Check(ScopeUnavailableException error, StorageLevel level, params string[] parts)
    {
        Assert.Equal(level, error.Level);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Contains("Blank values, conflicting values and identities that are not authenticated are ignored.", error.Message, StringComparison.Ordinal);
    }

    private sealed class SessionFeature : ISessionFeature
    {
        public required ISession Session { get; set; }
    }

    /// <summary>It must be loaded before it is read.</summary>
    private sealed class Session : ISession
    {
        private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
        private bool _isLoaded;

        public bool IsAvailable { get; set; } = true;

        public string Id => Loaded("the id");

        public IEnumerable<string> Keys => Loaded(_values.Keys);

        public void Clear() => _values.Clear();

        public Task CommitAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task LoadAsync(CancellationToken cancellationToken = default)
        {
            _isLoaded = true;
            return Task.CompletedTask;
        }

        public void Remove(string key) => _values.Remove(key);

        public void Set(string key, byte[] value) => _values[key] = value;

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? value) => Loaded(_values).TryGetValue(key, out value);

        private T Loaded<T>(T what) => _isLoaded ? what : throw new InvalidOperationException("Read before it was loaded.");
    }
}
