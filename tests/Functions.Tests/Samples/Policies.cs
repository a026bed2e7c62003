using ScopedCaching;

namespace Functions.Tests.Samples;

/// <summary>Functions under policies that do more than expire.</summary>
[CacheDefaults(Tags = ["reports"])]
public sealed partial class Policies(IScopedCache caches)
{
    private static readonly CachePolicy s_local = CachePolicy.For(TimeSpan.FromMinutes(10)) with { LocalFor = TimeSpan.FromSeconds(30) };
    private static readonly CachePolicy s_stale = CachePolicy.For(TimeSpan.FromSeconds(10)) with { StaleFor = TimeSpan.FromSeconds(20), Tags = ["other"] };
    private static readonly CachePolicy s_nulls = CachePolicy.For(TimeSpan.FromMinutes(10)) with { NullExpiration = TimeSpan.FromSeconds(5) };

    public int Calls { get; private set; }

    public bool Fails { get; set; }

    [Cached(Policy = nameof(s_local), Level = StorageLevel.Session)]
    public partial ValueTask<string> LocalAsync(int id);

    [Cached(Policy = nameof(s_stale))]
    public partial Task<int> StaleAsync();

    [Cached(Policy = nameof(s_nulls))]
    public partial Task<string?> NullAsync(bool isNull);

    private ValueTask<string> LocalUncachedAsync(int id) => new($"{id} {++Calls}");

    private Task<int> StaleUncachedAsync()
    {
        Calls++;
        return Fails ? throw new TimeoutException() : Task.FromResult(Calls);
    }

    private Task<string?> NullUncachedAsync(bool isNull)
    {
        Calls++;
        return Task.FromResult(isNull ? null : "something");
    }
}
