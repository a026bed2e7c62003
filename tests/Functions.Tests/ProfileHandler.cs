using ScopedCaching;

namespace Functions.Tests;

public sealed record Profile(string Name, int Calls);

public sealed record Address(string Zip);

public sealed record User(string? Id, Address? Address = null);

/// <summary>The design's own example.</summary>
public sealed partial class ProfileHandler(IScopedCache caches)
{
    public int Calls { get; private set; }

    [Cached(Seconds = 600, VaryOn = ["user.Id"], SkipWhen = "force")]
    public partial Task<Profile> GetProfileAsync(User user, bool force = false, CancellationToken ct = default);

    [Cached(Seconds = 60, Level = StorageLevel.Service)]
    public partial int Twice(int number);

    private Task<Profile> GetProfileUncachedAsync(User user, bool force, CancellationToken ct) => Task.FromResult(new Profile(user.Id ?? "nobody", ++Calls));

    private int TwiceUncached(int number)
    {
        Calls++;
        return number * 2;
    }
}
