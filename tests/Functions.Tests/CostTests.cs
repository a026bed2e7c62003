using System.Diagnostics.CodeAnalysis;
using Functions.Tests.Doubles;
using Functions.Tests.Samples;
using ScopedCaching;

namespace Functions.Tests;

/// <summary>What a hit in this process's memory costs beside the same get-or-create written by hand.</summary>
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Nothing here waits: all of it has completed.")]
[SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "As above.")]
public sealed class CostTests : IDisposable
{
    private const int AllowedBytes = 100;
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public void Dispose() => _caches.Dispose();

    [Fact]
    public void A_call_that_hits_at_once_allocates_hardly_more_than_by_hand()
    {
        var memory = new Memory();
        var handler = new ProfileHandler(memory);
        var user = new User("ana");
        var (byHand, generated) = (Allocated(ByHand), Allocated(() => handler.GetProfileAsync(user).GetAwaiter().GetResult()));
        var view = Allocated(() => _caches.GetCache("", StorageLevel.Stack, Memory.Options));

        Assert.InRange(generated + view - byHand, 0, AllowedBytes);

        void ByHand() => memory.GetOrCreateAsync(
            handler.GetProfileCache.KeyFor(user), (handler, user), static (it, token) => new ValueTask<Profile>(it.handler.GetProfileAsync(it.user, ct: token)), null, default)
            .AsTask().GetAwaiter().GetResult();
    }

    private static long Allocated(Action act)
    {
        // The first calls allocate what is kept.
        for (var i = 0; i < 3; i++)
        {
            act();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        act();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>A cache that holds one value of each type and answers it at once.</summary>
    private sealed class Memory : OtherCache
    {
        private readonly Dictionary<Type, object> _values = [];

        public static CacheViewOptions Options { get; } = new();

        public override ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
        {
            if (!_values.TryGetValue(typeof(T), out var value))
            {
                _values[typeof(T)] = value = factory(state, cancellationToken).AsTask().GetAwaiter().GetResult()!;
            }

            return new ValueTask<T>((T)value);
        }
    }
}
