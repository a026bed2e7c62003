using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>The scopes of one request, resolved while it is the current one.</summary>
public sealed class RequestScopeSourceTests
{
    private static readonly EntryScopes s_scopes = new(
        new ServiceCollection().Configure<MemcachedOptions>(static options => options.Prefix = "app").BuildServiceProvider().GetRequiredService<IOptionsMonitor<MemcachedOptions>>());

    private readonly HttpContextAccessor _accessor = new();
    private readonly DefaultHttpContext _context = new() { User = TestApp.Principal("customer_key=acme;sub=me;sid=1") };
    private readonly RequestBinding _binding;
    private readonly RequestScopeSource _source;
    private int _customerRuns;
    private string? _customer = "acme";

    public RequestScopeSourceTests()
    {
        _accessor.HttpContext = _context;
        _binding = RequestBinding.Of(_context);
        _source = Source(_binding);
    }

    [Fact]
    public async Task Each_level_has_its_own_scope_and_no_other_level_has_any()
    {
        Assert.Equal(s_scopes.Stack("acme", "view"), await _source.ScopeAsync(StorageLevel.Stack, "view"));
        Assert.Equal(s_scopes.Session("acme", "me", "1", "view"), await _source.ScopeAsync(StorageLevel.Session, "view"));
        Assert.Equal(s_scopes.Service("view"), await _source.ScopeAsync(StorageLevel.Service, "view"));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = _source.ScopeAsync((StorageLevel)3, ""); });
    }

    [Fact]
    public async Task The_sessions_scope_is_kept_while_it_is_the_same()
    {
        var first = await _source.ScopeAsync(StorageLevel.Session, "");

        Assert.Same(first, await _source.ScopeAsync(StorageLevel.Session, ""));
        Assert.NotEqual(first, await _source.ScopeAsync(StorageLevel.Session, "view"));
        _context.User = TestApp.Principal("customer_key=acme;sub=you;sid=1");
        Assert.Equal(s_scopes.Session("acme", "you", "1", ""), await _source.ScopeAsync(StorageLevel.Session, ""));
    }

    [Fact]
    public async Task The_customer_is_asked_for_again_when_user_identities_or_endpoint_changed_and_not_otherwise()
    {
        await ExpectRunsAsync(1);
        await ExpectRunsAsync(1);
        _context.SetEndpoint(new Endpoint(requestDelegate: null, metadata: null, displayName: null));
        await ExpectRunsAsync(2);
        await ExpectRunsAsync(2);
        _context.User.AddIdentity(new System.Security.Claims.ClaimsIdentity());
        await ExpectRunsAsync(3);
        await ExpectRunsAsync(3);
        _context.User = new System.Security.Claims.ClaimsPrincipal(_context.User.Identities);
        await ExpectRunsAsync(4);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_customer_that_is_not_known_is_asked_for_each_time_and_is_nobodys_scope(string? unknown)
    {
        _customer = unknown;
        for (var i = 1; i <= 2; i++)
        {
            await Assert.ThrowsAsync<ScopeUnavailableException>(() => _source.ScopeAsync(StorageLevel.Stack, "").AsTask());
            Assert.Equal(i, _customerRuns);
        }

        Assert.Equal(StorageLevel.Session, (await Assert.ThrowsAsync<ScopeUnavailableException>(() => _source.ScopeAsync(StorageLevel.Session, "").AsTask())).Level);
        _customer = "acme";
        await ExpectRunsAsync(4);
    }

    [Fact]
    public async Task A_sign_in_while_the_customer_is_looked_for_does_not_get_the_answer_for_the_user_before()
    {
        var gate = new TaskCompletionSource();
        var resolvers = Resolvers(async _ =>
        {
            var answer = _customer;
            await gate.Task;
            return answer;
        });
        var source = new RequestScopeSource(_accessor, _binding, resolvers, s_scopes, StorageLevel.Stack);
        var before = source.ScopeAsync(StorageLevel.Stack, "").AsTask();
        (_context.User, _customer) = (TestApp.Principal("sub=you"), "other");
        gate.SetResult();

        Assert.Equal("acme", (await before).Id);
        Assert.Equal("other", (await source.ScopeAsync(StorageLevel.Stack, "")).Id);
    }

    [Fact]
    public void The_level_is_the_endpoints_else_the_default()
    {
        Assert.Equal(StorageLevel.Stack, _source.Level);
        _context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(new CacheLevelAttribute(StorageLevel.Session)), displayName: null));
        Assert.Equal(StorageLevel.Session, _source.Level);
        _accessor.HttpContext = null;
        Assert.Equal(StorageLevel.Stack, _source.Level);
    }

    [Fact]
    public async Task What_is_the_requests_own_is_there_in_the_request_and_its_scope_is_never_taken_for_fixed()
    {
        using var gone = new CancellationTokenSource();
        _context.RequestAborted = gone.Token;

        Assert.Equal(gone.Token, _source.Aborted);
        Assert.Same(_binding.Log, _source.Log);
        Assert.Same(_binding.Log, _context.Features.Get<IScopedCacheFeature>());
        Assert.NotNull(_source.Memory);
        Assert.Same(_source.Memory, Source(_binding).Memory);
        Assert.False(_source.IsFixed);
        Assert.False(_source.IsBypassed);
        _binding.IsBypassed = true;
        Assert.True(_source.IsBypassed);
        Assert.True((await _source.FixAsync()).IsBypassed);
    }

    [Fact]
    public async Task Without_a_request_of_its_own_there_is_nothing_and_every_level_is_refused()
    {
        using var gone = new CancellationTokenSource();
        _context.RequestAborted = gone.Token;
        var source = Source(binding: null);

        Assert.False(source.Aborted.CanBeCanceled);
        Assert.Null(source.Log);
        Assert.Null(source.Memory);
        Assert.False(source.IsBypassed);
        foreach (var level in Enum.GetValues<StorageLevel>())
        {
            var error = Assert.Throws<ScopeUnavailableException>(() => { _ = source.ScopeAsync(level, ""); });
            Assert.Null(error.Level);
            Assert.Contains("does not belong to the current request", error.Message, StringComparison.Ordinal);
            Assert.Contains("until that request ends", error.Message, StringComparison.Ordinal);
            Assert.Contains("IScopedCacheFactory.Create(customer, user, session)", error.Message, StringComparison.Ordinal);
        }

        var nobody = await source.FixAsync();
        Assert.Throws<ScopeUnavailableException>(() => { _ = nobody.ScopeAsync(StorageLevel.Stack, ""); });
        Assert.Equal(s_scopes.Service(""), await nobody.ScopeAsync(StorageLevel.Service, ""));
    }

    [Fact]
    public async Task Fixed_it_keeps_customer_user_session_and_level()
    {
        _context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(new CacheLevelAttribute(StorageLevel.Session)), displayName: null));
        var source = await _source.FixAsync();
        _accessor.HttpContext = null;

        Assert.Equal(StorageLevel.Session, source.Level);
        Assert.False(source.IsBypassed);
        Assert.Equal(s_scopes.Stack("acme", ""), await source.ScopeAsync(StorageLevel.Stack, ""));
        Assert.Equal(s_scopes.Session("acme", "me", "1", ""), await source.ScopeAsync(StorageLevel.Session, ""));
    }

    [Fact]
    public void One_request_has_one_binding_and_another_has_another()
    {
        Assert.Same(_binding, RequestBinding.Of(_context));
        Assert.False(_binding.Ended);
        var other = new DefaultHttpContext();
        _accessor.HttpContext = other;
        Assert.NotSame(_binding, RequestBinding.Of(other));
        Assert.Throws<ScopeUnavailableException>(() => { _ = _source.ScopeAsync(StorageLevel.Service, ""); });
    }

    [Fact]
    public async Task After_the_end_of_the_request_it_is_refused_even_while_its_context_is_still_the_current_one()
    {
        var response = new CompletedResponse();
        var context = new DefaultHttpContext { User = _context.User };
        context.Features.Set<IHttpResponseFeature>(response);
        var binding = RequestBinding.Of(context);
        _accessor.HttpContext = context;
        var source = Source(binding);
        await source.ScopeAsync(StorageLevel.Stack, "");
        Assert.False(binding.Ended);

        await response.CompleteAsync();

        Assert.True(binding.Ended);
        Assert.Same(context, _accessor.HttpContext);
        Assert.Throws<ScopeUnavailableException>(() => { _ = source.ScopeAsync(StorageLevel.Stack, ""); });
    }

    private async Task ExpectRunsAsync(int runs)
    {
        Assert.Equal("acme", (await _source.ScopeAsync(StorageLevel.Stack, "")).Isolation);
        Assert.Equal(runs, _customerRuns);
    }

    private RequestScopeSource Source(RequestBinding? binding) => new(
        _accessor,
        binding,
        Resolvers(_ =>
        {
            _customerRuns++;
            return new(_customer);
        }),
        s_scopes,
        StorageLevel.Stack);

    private static ScopeResolvers Resolvers(Func<HttpContext, ValueTask<string?>> customer) => new(
        ScopeResolver.For(ScopeOrigin.Of("a function", customer)),
        ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "sub")),
        ScopeResolver.For(ScopeOrigin.Named(ScopeOriginKind.Claim, "sid")));

    private sealed class CompletedResponse : HttpResponseFeature
    {
        private Func<Task> _completed = static () => Task.CompletedTask;

        public Task CompleteAsync() => _completed();

        public override void OnCompleted(Func<object, Task> callback, object state) => _completed = () => callback(state);
    }
}
