using ScopedCaching;

namespace Functions.Tests.Samples;

/// <summary>A service whose interface says what is cached.</summary>
public interface IDirectory
{
    string Region { get; set; }

    [Cached(Seconds = 60, VaryOn = ["user.Id", "this.Region"], SkipWhen = "fresh")]
    Task<Profile> GetProfileAsync(User user, bool fresh = false, CancellationToken ct = default);

    int NotCached();
}

public sealed class Directory : IDirectory
{
    public int Calls { get; private set; }

    public string Region { get; set; } = "north";

    public Task<Profile> GetProfileAsync(User user, bool fresh, CancellationToken ct) => Task.FromResult(new Profile(user.Id!, ++Calls));

    public int NotCached() => ++Calls;
}

public sealed class Invoker : ICachedFunctionInvoker
{
    public static List<string> Seen { get; } = [];

    public void Ended(CachedFunctionCall call, CachedFunctionOutcome outcome) => Seen.Add($"{call.Function} {outcome}");

    public async ValueTask<T> InvokeAsync<TState, T>(CachedFunctionCall call, TState state, Func<TState, CancellationToken, ValueTask<T>> body, CancellationToken cancellationToken)
    {
        try
        {
            return await body(state, cancellationToken);
        }
        catch (TimeoutException)
        {
            Seen.Add($"{call.Function} at {call.Level} again");
            return await body(state, cancellationToken);
        }
    }
}

[CacheDefaults(Invoker = typeof(Invoker))]
public sealed partial class Retried(IScopedCache caches)
{
    private int _calls;

    [Cached]
    public partial int Get(int id);

    private int GetUncached(int id) => id < 0 ? throw new InvalidOperationException() : ++_calls == 1 ? throw new TimeoutException() : id;
}
