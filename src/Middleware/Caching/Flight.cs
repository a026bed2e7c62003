using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A factory that is running, and who waits for it.</summary>
/// <param name="isShared">Whether others may join.</param>
/// <param name="access">Which tiers are read and written.</param>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and nothing to give back; the factory may keep its token.")]
internal abstract class Flight(bool isShared, TierAccess access)
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _everybodyLeft = new();
    private int _participants = 1;
    private bool _detached;
    private volatile bool _hasFollowers;
    private volatile bool _hasBegun;
    private FlightBasis? _basis;
    private volatile int _looks;

    public bool IsShared => isShared;

    public TierAccess Access => access;

    /// <summary>Whether anybody ever joined.</summary>
    public bool HasFollowers => _hasFollowers;

    /// <summary>Whether somebody still waits. Once everybody has left the factory is being cancelled, and nobody may join any more.</summary>
    public bool IsOpen => Volatile.Read(ref _participants) > 0;

    /// <summary>How many wait for the leader, as long as that has not given up.</summary>
    public int Followers => Math.Max(0, Volatile.Read(ref _participants) - 1);

    /// <summary>How often the leader has begun to look into the shared cache.</summary>
    public int Looks => _looks;

    /// <summary>The factory's token: cancelled when everybody has given up.</summary>
    public CancellationToken Token => _everybodyLeft.Token;

    public bool TryJoin()
    {
        var participants = Volatile.Read(ref _participants);
        while (participants > 0)
        {
            var seen = Interlocked.CompareExchange(ref _participants, participants + 1, participants);
            if (seen == participants)
            {
                _hasFollowers = true;
                return true;
            }

            participants = seen;
        }

        return false;
    }

    /// <summary>The leader's, before it looks into the shared cache.</summary>
    public void Look() => _looks++;

    /// <summary>The leader's, before its factory runs: what it found, null when the cache did not answer. Who joined before gets a value that is made after.</summary>
    public void Begin(FlightBasis? basis)
    {
        _basis = basis;
        _hasBegun = true;
    }

    /// <summary>
    /// Whether the flight is of use to somebody who has just found this, null when the cache did not answer. Who cannot know what changed meanwhile joins only
    /// a leader who could not know either: then one factory runs for all as long as the cache is away.
    /// </summary>
    public bool Suits(FlightBasis? seen) => !_hasBegun || (_basis is { } basis ? seen is not null && basis.Suits(seen) : seen is null);

    public void GiveUp()
    {
        if (Interlocked.Decrement(ref _participants) == 0)
        {
            _everybodyLeft.Cancel();
        }
    }

    /// <summary>What the factory returns will not be stored.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _detached = true;
        }
    }

    /// <summary>
    /// Begins the write, unless detached. The store orders writes by when they are called, so under this lock a write begins either before the change
    /// that detaches it is sent, and is overwritten by it, or never.
    /// </summary>
    public bool TryBeginWrite(Func<ValueTask<WriteOutcome>> write, out ValueTask<WriteOutcome> pending)
    {
        lock (_lock)
        {
            pending = _detached ? default : write();
            return !_detached;
        }
    }
}

/// <summary>A factory that is running for values of one type.</summary>
internal sealed class Flight<T>(bool isShared, TierAccess access = TierAccess.All) : Flight(isShared, access)
{
    private readonly TaskCompletionSource<Landing<T>> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Land(Landing<T> landing) => _landing.SetResult(landing);

    public async ValueTask<Landing<T>> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _landing.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The landing itself never fails or is cancelled, so it was this caller who gave up.
            GiveUp();
            throw;
        }
    }
}

/// <summary>How a flight ended.</summary>
/// <param name="Value">The factory's value, when there is no error and it was not abandoned.</param>
/// <param name="Error">The factory's exception.</param>
/// <param name="Abandoned">It failed because its leader's request went away, which is no reason for the others to fail.</param>
/// <param name="Payload">The value's bytes, where it can change and so must not be shared.</param>
/// <param name="Format">How those are read.</param>
/// <param name="FoundAt">The leader found the value in the shared cache when it looked for the so-manieth time; null: a factory made it.</param>
internal readonly record struct Landing<T>(
    T Value, Exception? Error = null, bool Abandoned = false, EntryPayload? Payload = null, EntryFormat? Format = null, int? FoundAt = null);

/// <summary>What stood in the shared cache when a flight began: the version of the entry or of the lease in its place, and the generations.</summary>
internal sealed record FlightBasis(ulong Version, EntryGenerations? Generations)
{
    /// <summary>What was found; null when the cache did not answer.</summary>
    public static FlightBasis? Of<T>(in FreshEntry<T> entry) => entry.Outcome == ReadOutcome.Unavailable ? null : new FlightBasis(entry.Version, entry.Generations);

    public bool Suits(FlightBasis seen) => Version == seen.Version && (Generations is null || (seen.Generations is { } others && Generations.AgreesWith(others)));
}

/// <summary>What came of entering a flight.</summary>
internal enum Entrance
{
    Leads,
    Follows,
    Doubtful,
}
