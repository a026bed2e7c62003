using ScopedCaching;

namespace Functions.Tests.Samples;

public sealed record Profile(string Name, int Calls);

public sealed record Address(string Zip);

public sealed record User(string? Id, Address? Address = null, int? Age = null);

/// <summary>The functions that most tests call. What the bodies do is set by the test.</summary>
public sealed partial class ProfileHandler(IScopedCache caches)
{
    public int Calls { get; private set; }

    public string Branch { get; set; } = "main";

    public Func<CancellationToken, Task> Inside { get; set; } = static _ => Task.CompletedTask;

    [Cached(Seconds = 600, VaryOn = ["user.Id"], SkipWhen = "force")]
    public partial Task<Profile> GetProfileAsync(User user, bool force = false, CancellationToken ct = default);

    [Cached(Seconds = 60)]
    public partial ValueTask<Profile?> FindAsync(string? name);

    [Cached(Seconds = 60)]
    public partial int Twice(int number);

    [Cached]
    public partial Task<int> AddAsync(int a, int b = 10, CancellationToken ct = default);

    [Cached(VaryOn = ["user.Address.Zip", "user.Age", "this.Branch"])]
    public partial int Shipping(User? user);

    [Cached(VaryOn = [])]
    public partial int Same(User user);

    [Cached(VaryOn = [nameof(Decade)])]
    public partial int ForDecade(User user);

    [Cached(SkipWhen = nameof(IsOld), VaryOn = ["user.Id"])]
    public partial int Skipping(User user);

    [Cached]
    public partial Task<long> FibonacciAsync(int n);

    private async Task<Profile> GetProfileUncachedAsync(User user, CancellationToken ct)
    {
        var calls = ++Calls;
        await Inside(ct);
        return new Profile(user.Id ?? "nobody", calls);
    }

    private ValueTask<Profile?> FindUncachedAsync(string? name)
    {
        Calls++;
        return name == "bad" ? throw new InvalidOperationException("no such name") : new(name is null ? null : new Profile(name, Calls));
    }

    private int TwiceUncached(int number)
    {
        Calls++;
        return number * 2;
    }

    private async Task<int> AddUncachedAsync(int a, int b, CancellationToken ct)
    {
        Calls++;
        await Inside(ct);
        return a + b;
    }

    private int ShippingUncached() => ++Calls;

    private int SameUncached() => ++Calls;

    private int ForDecadeUncached() => ++Calls;

    private static int? Decade(User user) => user.Age / 10;

    private int SkippingUncached() => ++Calls;

    private bool IsOld(User user) => Branch == "main" && user.Age > 90;

    private async Task<long> FibonacciUncachedAsync(int n)
    {
        Calls++;
        return n < 2 ? n : await FibonacciAsync(n - 1) + await FibonacciAsync(n - 2);
    }
}
