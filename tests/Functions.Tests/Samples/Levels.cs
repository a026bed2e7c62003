using ScopedCaching;

namespace Functions.Tests.Samples;

/// <summary>Functions of each level, and what a type says for all of its functions.</summary>
[CacheDefaults(Level = StorageLevel.Service, Seconds = 30, KeyPrefix = "levels/")]
public sealed partial class Levels(IScopedCache caches)
{
    public int Calls { get; private set; }

    [Cached]
    public partial int OfTheType();

    [Cached(Level = StorageLevel.Stack, Seconds = 60, KeyPrefix = "own/")]
    public partial int OfItsOwn();

    [Cached(Level = StorageLevel.Session, Key = "session-thing")]
    public partial int OfTheSession();

    private int OfTheTypeUncached() => ++Calls;

    private int OfItsOwnUncached() => ++Calls;

    private int OfTheSessionUncached() => ++Calls;
}

/// <summary>A function that says nothing: all falls to the application.</summary>
public sealed partial class Plain(IScopedCache caches)
{
    private static readonly CachePolicy s_short = CachePolicy.For(TimeSpan.FromSeconds(7));

    public int Calls { get; private set; }

    [Cached]
    public partial int Get();

    [Cached(Policy = nameof(s_short))]
    public partial int GetByPolicy();

    [Cached(Seconds = 20)]
    public partial int GetBySeconds();

    [Cached(Policy = "reports")]
    public partial int GetByName();

    private int GetUncached() => ++Calls;

    private int GetByPolicyUncached() => ++Calls;

    private int GetBySecondsUncached() => ++Calls;

    private int GetByNameUncached() => ++Calls;
}

/// <summary>Has a function of the same name as another type.</summary>
public sealed partial class OtherPlain(IScopedCache caches)
{
    [Cached]
    public partial int Get();

    private int GetUncached() => -1;
}
