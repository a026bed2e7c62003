using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Every form compiles without a cast, and runs its factory.</summary>
public sealed class GetOrCreateOverloadTests : IDisposable
{
    private static readonly CachePolicy s_policy = CachePolicy.For(TimeSpan.FromMinutes(1));
    private readonly CacheFixture _fixture = new();
    private readonly CancellationToken _ct = TestContext.Current.CancellationToken;
    private int _key;

    private ICache Cache => _fixture.Stack;

    private string Key => $"key {++_key}";

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Lambdas_that_return_tasks_need_no_cast()
    {
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token)));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token), _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token), s_policy));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token), s_policy, _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token), cancellationToken: _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, token => TaskOf(token), TimeSpan.FromSeconds(5), _ct));
    }

    [Fact]
    public async Task Lambdas_that_return_value_tasks_need_no_cast()
    {
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, token => ValueTaskOf(token)));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, token => ValueTaskOf(token), _ct));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, token => ValueTaskOf(token), s_policy));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, token => ValueTaskOf(token), s_policy, _ct));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, token => ValueTaskOf(token), cancellationToken: _ct));
    }

    [Fact]
    public async Task Async_lambdas_need_no_cast()
    {
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, async token => await TaskOf(token)));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, async token => await TaskOf(token), _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, async token => await TaskOf(token), s_policy));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, async token => await TaskOf(token), s_policy, _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync<int>(Key, async token => await TaskOf(token), s_policy, _ct));
        Assert.Equal(3, await Cache.GetOrCreateAsync(Key, 3, static async (state, _) => await Task.FromResult(state)));
        Assert.Equal(3, await Cache.GetOrCreateAsync(Key, 3, static async (state, _) => await Task.FromResult(state), _ct));
        Assert.Equal(3, await Cache.GetOrCreateAsync(Key, 3, static async (state, _) => await Task.FromResult(state), s_policy));
        Assert.Equal(3, await Cache.GetOrCreateAsync(Key, 3, static async (state, _) => await Task.FromResult(state), s_policy, _ct));
    }

    [Fact]
    public async Task Method_groups_need_no_cast()
    {
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, TaskOf));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, TaskOf, _ct));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, TaskOf, s_policy));
        Assert.Equal(1, await Cache.GetOrCreateAsync(Key, TaskOf, s_policy, _ct));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, ValueTaskOf));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, ValueTaskOf, _ct));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, ValueTaskOf, s_policy));
        Assert.Equal(2, await Cache.GetOrCreateAsync(Key, ValueTaskOf, s_policy, _ct));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", StateTaskOf));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", StateTaskOf, _ct));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", StateTaskOf, s_policy));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", StateTaskOf, s_policy, _ct));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", StateValueTaskOf));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", StateValueTaskOf, _ct));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", StateValueTaskOf, s_policy));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", StateValueTaskOf, s_policy, _ct));
    }

    [Fact]
    public async Task Lambdas_with_state_need_no_cast()
    {
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", static (state, token) => StateTaskOf(state, token)));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", static (state, token) => StateTaskOf(state, token), _ct));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", static (state, token) => StateTaskOf(state, token), s_policy));
        Assert.Equal("a", await Cache.GetOrCreateAsync(Key, "a", static (state, token) => StateTaskOf(state, token), s_policy, _ct));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", static (state, token) => StateValueTaskOf(state, token)));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", static (state, token) => StateValueTaskOf(state, token), _ct));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", static (state, token) => StateValueTaskOf(state, token), s_policy));
        Assert.Equal("b", await Cache.GetOrCreateAsync(Key, "b", static (state, token) => StateValueTaskOf(state, token), s_policy, _ct));
    }

    [Fact]
    public async Task A_factory_may_return_null()
    {
        Assert.Null(await Cache.GetOrCreateAsync(Key, static _ => Task.FromResult<string?>(null)));
        Assert.Null(await Cache.GetOrCreateAsync<string?>(Key, static async _ =>
        {
            await Task.Yield();
            return null;
        }));
    }

    private static Task<int> TaskOf(CancellationToken cancellationToken) => Task.FromResult(1);

    private static ValueTask<int> ValueTaskOf(CancellationToken cancellationToken) => new(2);

    private static Task<string> StateTaskOf(string state, CancellationToken cancellationToken) => Task.FromResult(state);

    private static ValueTask<string> StateValueTaskOf(string state, CancellationToken cancellationToken) => new(state);
}
