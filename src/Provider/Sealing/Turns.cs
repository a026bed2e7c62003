using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// Whose turn it is to change an entry by compare-and-swap. Within this process one after the other, or the slower ones would never get through; between processes
/// by chance, with pauses that grow.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Semaphores without a wait handle have nothing to give back.")]
internal sealed class Turns(TimeProvider time)
{
    /// <summary>How often one caller tries before it gives up.</summary>
    public const int Attempts = 64;

    private const int Stripes = 64;

    // The first conflicts are repeated at once; then the pauses double, up to so many milliseconds.
    private const int AtOnce = 2;
    private const int LongestPause = 64;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, Stripes).Select(static _ => new SemaphoreSlim(1))];

    /// <summary>
    /// Waits for the caller's turn; disposing the result ends it. Nobody waits longer than a second: other entries share the turn, also those of other customers. Who goes on
    /// without it meets the others at the compare-and-swap, as another process does.
    /// </summary>
    public async ValueTask<Turn> TakeAsync(EntryAddress address, CancellationToken cancellationToken)
    {
        var stripe = _stripes[(uint)address.GetHashCode() % Stripes];
        if (await stripe.WaitAsync(0, cancellationToken).ConfigureAwait(false))
        {
            return new Turn(stripe);
        }

        using var patience = new CancellationTokenSource(s_longestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await stripe.WaitAsync(either.Token).ConfigureAwait(false);
            return new Turn(stripe);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }
    }

    /// <summary>After a conflict with another process.</summary>
    public Task BackOffAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt < AtOnce)
        {
            return Task.CompletedTask;
        }

        var most = Math.Min(1 << Math.Min(attempt - AtOnce, 30), LongestPause);
#pragma warning disable CA5394 // Chance keeps processes from meeting again; nothing depends on its being unpredictable.
        return Task.Delay(TimeSpan.FromMilliseconds(1 + (most * Random.Shared.NextDouble())), time, cancellationToken);
#pragma warning restore CA5394
    }

    internal readonly struct Turn(SemaphoreSlim? stripe) : IDisposable
    {
        public void Dispose() => stripe?.Release();
    }
}
