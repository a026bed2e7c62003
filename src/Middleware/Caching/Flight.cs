using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A factory that is running, and who waits for it.</summary>
/// <param name="isShared">Whether others may join.</param>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and nothing to give back; the factory may keep its token.")]
internal abstract class Flight(bool isShared)
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _everybodyLeft = new();
    private int _participants = 1;
    private bool _detached;
    private volatile bool _hasFollowers;

    public bool IsShared => isShared;

    /// <summary>Whether anybody ever joined.</summary>
    public bool HasFollowers => _hasFollowers;

    /// <summary>Whether somebody still waits. Once everybody has left the factory is being cancelled, and nobody may join any more.</summary>
    public bool IsOpen => Volatile.Read(ref _participants) > 0;

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
internal sealed class Flight<T>(bool isShared) : Flight(isShared)
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
internal readonly record struct Landing<T>(T Value, Exception? Error = null, bool Abandoned = false, EntryPayload? Payload = null);
