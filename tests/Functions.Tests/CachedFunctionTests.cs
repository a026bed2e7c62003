using ScopedCaching;

namespace Functions.Tests;

public sealed class CachedFunctionTests : IDisposable
{
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task A_second_call_is_a_hit()
    {
        var handler = new ProfileHandler(_caches);
        Assert.Equal(new Profile("ana", 1), await handler.GetProfileAsync(new User("ana")));
        Assert.Equal(new Profile("ana", 1), await handler.GetProfileAsync(new User("ana", new Address("1"))));
        Assert.Equal(new Profile("bo", 2), await handler.GetProfileAsync(new User("bo")));
        Assert.Equal(new Profile("ana", 3), await handler.GetProfileAsync(new User("ana"), force: true));
        Assert.Equal(new Profile("ana", 3), await handler.GetProfileAsync(new User("ana")));
        await handler.GetProfileCache.ClearAsync(new User("ana"));
        Assert.Equal(new Profile("ana", 4), await handler.GetProfileAsync(new User("ana")));
    }

    [Fact]
    public void A_function_that_is_not_asynchronous_is_cached_too()
    {
        var handler = new ProfileHandler(_caches);
        Assert.Equal(4, handler.Twice(2));
        Assert.Equal(4, handler.Twice(2));
        Assert.Equal(1, handler.Calls);
    }
}
