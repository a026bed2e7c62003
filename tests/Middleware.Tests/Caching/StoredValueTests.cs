using ScopedCaching;

namespace Middleware.Tests.Caching;

/// <summary>Who makes a value gets what those get who find it.</summary>
public sealed class StoredValueTests : IDisposable
{
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    private ICache Cache => _caches.StackCache;

    public void Dispose() => _caches.Dispose();

    [Fact]
    public async Task What_would_come_back_as_less_is_refused_to_the_first_caller_already()
    {
        foreach (var policy in new[] { CachePolicy.Forever, CachePolicy.Forever with { LocalFor = TimeSpan.FromSeconds(10) } })
        {
            for (var call = 0; call < 2; call++)
            {
                await Assert.ThrowsAsync<NotSupportedException>(() => Cache.GetOrCreateAsync("key", static _ => Task.FromResult<Base>(new Derived(1, 2)), policy).AsTask());
            }

            await Assert.ThrowsAsync<NotSupportedException>(() => Cache.SetAsync<Base>("key", new Derived(1, 2), policy).AsTask());
            Assert.False((await Cache.TryGetAsync<Base>("key")).Found);
        }
    }

    [Fact]
    public async Task Tuples_and_derived_types_that_are_asked_for_are_found_as_they_were_made()
    {
        for (var call = 0; call < 2; call++)
        {
            Assert.Equal((7, "x"), await Cache.GetOrCreateAsync("tuple", _ => Task.FromResult((7, call == 0 ? "x" : "made again"))));
            Assert.Equal(new Derived(1, 2), await Cache.GetOrCreateAsync("derived", static _ => Task.FromResult(new Derived(1, 2))));
        }
    }

    private record Base(int Number);

    private sealed record Derived(int Number, int Other) : Base(Number);
}
