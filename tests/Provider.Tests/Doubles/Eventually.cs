using System.Diagnostics;

namespace Provider.Tests.Doubles;

/// <summary>Bounded waiting for what another thread, or a real server, does in its own time.</summary>
internal static class Eventually
{
    /// <summary>Far more than anything here takes, also on a busy machine: it ends a test that hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition)
    {
        var waiting = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waiting.Elapsed < Patience, "It did not become true in time.");
            await Task.Delay(5);
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waiting.Elapsed < Patience, "It did not become true in time.");
            await Task.Delay(20);
        }
    }

    /// <summary>The outcome of a wait that must not hang.</summary>
    public static Task<T> InTime<T>(this ValueTask<T> wait) => wait.AsTask().WaitAsync(Patience);

    public static Task InTime(this ValueTask wait) => wait.AsTask().WaitAsync(Patience);

    public static Task<T> InTime<T>(this Task<T> wait) => wait.WaitAsync(Patience);

    public static Task InTime(this Task wait) => wait.WaitAsync(Patience);
}
