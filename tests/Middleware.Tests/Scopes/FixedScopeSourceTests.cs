using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ScopedCaching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>Caches of an explicit customer, user and session: outside requests.</summary>
public sealed class FixedScopeSourceTests
{
    private static readonly EntryScopes s_scopes = new(
        new ServiceCollection().Configure<MemcachedOptions>(static options => options.Prefix = "app").BuildServiceProvider().GetRequiredService<IOptionsMonitor<MemcachedOptions>>());

    [Fact]
    public async Task Each_level_has_its_own_scope()
    {
        var source = Source("acme", "me", "1");

        Assert.Equal(s_scopes.Stack("acme", "view"), await source.ScopeAsync(StorageLevel.Stack, "view"));
        Assert.Equal(s_scopes.Session("acme", "me", "1", "view"), await source.ScopeAsync(StorageLevel.Session, "view"));
        Assert.Equal(s_scopes.Service("view"), await source.ScopeAsync(StorageLevel.Service, "view"));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = source.ScopeAsync((StorageLevel)3, ""); });
    }

    [Theory]
    [InlineData(StorageLevel.Stack, null, "me", "1", "customer")]
    [InlineData(StorageLevel.Stack, "", "me", "1", "customer")]
    [InlineData(StorageLevel.Stack, " ", "me", "1", "customer")]
    [InlineData(StorageLevel.Session, null, "me", "1", "customer")]
    [InlineData(StorageLevel.Session, "acme", null, "1", "user")]
    [InlineData(StorageLevel.Session, "acme", "\t", "1", "user")]
    [InlineData(StorageLevel.Session, "acme", "me", null, "session")]
    [InlineData(StorageLevel.Session, "acme", "me", "", "session")]
    public void What_was_not_given_is_refused_by_its_name_and_never_becomes_a_wider_scope(StorageLevel level, string? customer, string? user, string? session, string missing)
    {
        var error = Assert.Throws<ScopeUnavailableException>(() => { _ = Source(customer, user, session).ScopeAsync(level, ""); });

        Assert.Equal(level, error.Level);
        Assert.Contains($"The {level} cache needs a {missing}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"argument '{missing}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_services_cache_needs_nobody() =>
        Assert.Equal(s_scopes.Service(""), await Source(null, null, null).ScopeAsync(StorageLevel.Service, ""));

    [Fact]
    public async Task It_belongs_to_no_request()
    {
        var source = Source("acme", null, null);

        Assert.True(source.IsFixed);
        Assert.Null(source.Log);
        Assert.Null(source.Memory);
        Assert.False(source.Aborted.CanBeCanceled);
        Assert.Equal(StorageLevel.Service, source.Level);
        Assert.Same(source, await source.FixAsync());
    }

    [Fact]
    public void It_is_bypassed_only_when_its_request_was()
    {
        Assert.False(Source("acme", null, null).IsBypassed);
        Assert.True(new FixedScopeSource(s_scopes, StorageLevel.Stack, "acme", null, null, isBypassed: true).IsBypassed);
    }

    private static FixedScopeSource Source(string? customer, string? user, string? session) => new(s_scopes, StorageLevel.Service, customer, user, session);
}
