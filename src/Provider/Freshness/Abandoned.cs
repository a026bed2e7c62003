using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached.Freshness;

/// <summary>
/// Answers that were asked for together with another one, and that nobody waits for any more because that one failed. Their memory is given back, and
/// their faults have been told already: nobody is to find them unobserved.
/// </summary>
internal static class Abandoned
{
    /// <summary>The answer, which is the caller's to await from now on.</summary>
    public static ValueTask<StoredItem> TakeAsync(ref ValueTask<StoredItem> pending)
    {
        var taken = pending;
        pending = default;
        return taken;
    }

    /// <summary>What was not taken.</summary>
    public static void LetGo(ValueTask<StoredItem> pending)
    {
        if (pending.IsCompletedSuccessfully)
        {
            pending.Result.Release();
        }
        else
        {
            _ = LetGoAsync(pending, static item => item.Release());
        }
    }

    public static void LetGo<T>(ValueTask<T> pending) => _ = LetGoAsync(pending, static _ => { });

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Told by the answer that failed first.")]
    private static async Task LetGoAsync<T>(ValueTask<T> pending, Action<T> release)
    {
        try
        {
            release(await pending.ConfigureAwait(false));
        }
        catch (Exception)
        {
            // See above.
        }
    }
}
