using System.Runtime.ExceptionServices;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>
/// One caller's way to a value that was not there: wait for the factory that is running, here or in another process, or run one's own and store what it returns.
/// </summary>
internal sealed class Creation<TState, T>(FactoryCall<TState, T> call)
{
    // The wait for another process's factory: as long as that gives signs of life, but not for ever.
    private const int MostLeases = 6;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(100);

    private readonly CacheServices _services = call.Services;

    /// <param name="found">What the read that missed came to.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    public async ValueTask<T> RunAsync(FreshEntry<T> found, CancellationToken cancellationToken)
    {
        Flight<T>? doubted = null;
        while (true)
        {
            var entrance = _services.Flights.Enter<T>(call.Address, FlightBasis.Of(found), doubted, out var flight, call.Plan.View.Access);
            if (entrance == Entrance.Leads)
            {
                return await LeadAsync(flight, found.Outcome != ReadOutcome.Unavailable, cancellationToken).ConfigureAwait(false);
            }

            if (entrance == Entrance.Follows)
            {
                var joinedAt = flight.Looks;
                if (CacheTraces.IsListenedTo)
                {
                    CacheTraces.Tell(WaitedFor.ThisProcess);
                }

                var landing = await flight.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (TryTake(landing, joinedAt, out var value))
                {
                    return value;
                }
            }

            doubted = entrance == Entrance.Doubtful ? flight : null;
            found = await _services.Fresh.ReadAsync<T>(call.Address, call.Plan.Read, cancellationToken).ConfigureAwait(false);
            if (found.Found)
            {
                return found.Value!;
            }
        }
    }

    /// <summary>Takes what a flight brought, unless it was abandoned, or the value was found by a look that may have been before a change that this caller came after.</summary>
    private bool TryTake(Landing<T> landing, int joinedAt, out T value)
    {
        if (landing.Error is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        value = landing.Value;
        return !landing.Abandoned
            && !(landing.FoundAt <= joinedAt)
            && (landing.Payload is null || _services.Fresh.TryUnpack(landing.Payload, landing.Format, out value!));
    }

    private async ValueTask<T> LeadAsync(Flight<T> flight, bool reachable, CancellationToken cancellationToken)
    {
        // A leader that gives up goes on until its factory ends, because the factory may use what belongs to the leader's request.
        var registration = cancellationToken.UnsafeRegister(static leading => ((Flight<T>)leading!).GiveUp(), flight);
        await using (registration.ConfigureAwait(false))
        {
            var landing = new Landing<T>(default!, Abandoned: true);
            try
            {
                var (value, foundAt) = await CreateAsync(flight, reachable).ConfigureAwait(false);
                landing = new Landing<T>(value, FoundAt: foundAt);
            }
            catch (Exception error)
            {
                // Whose request went away fails for that reason, whatever it looks like; the others must not fail with it.
                var gone = cancellationToken.IsCancellationRequested || call.Aborted.IsCancellationRequested;
                landing = gone ? landing : new Landing<T>(default!, error);
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
            finally
            {
                _services.Flights.Leave(call.Address, flight);
                flight.Land(call.ForFollowers(flight, landing));
            }

            cancellationToken.ThrowIfCancellationRequested();
            return landing.Value;
        }
    }

    /// <returns>The value, and at which look it was found; null: the factory made it.</returns>
    private async ValueTask<(T Value, int? FoundAt)> CreateAsync(Flight<T> flight, bool reachable)
    {
        // Who runs within a factory never waits for another's: no circle of waiting can close, in this process or between processes.
        var mayWait = !SingleFlight.IsLeading;
        SingleFlight.MarkLeading();
        if (!reachable)
        {
            flight.Begin(basis: null);
            return (await call.RunAsync(flight, lease: null, generations: null, version: null).ConfigureAwait(false), null);
        }

        var (started, pause) = (_services.Time.GetTimestamp(), s_firstPause);
        while (true)
        {
            flight.Look();
            var entry = await _services.Fresh.ReadOrLeaseAsync<T>(call.Address, call.Plan.Read, call.Plan.Policy.LeaseTime).ConfigureAwait(false);
            if (entry.Found)
            {
                TellWait(started, pause, LeaseWaitOutcome.Answered);
                return (entry.Value!, flight.Looks);
            }

            if (entry.Lease is { } lease)
            {
                TellWait(started, pause, LeaseWaitOutcome.TakenOver);
                flight.Begin(FlightBasis.Of(entry));
                await using (lease.ConfigureAwait(false))
                {
                    return (await call.RunAsync(flight, lease, entry.Generations, version: null).ConfigureAwait(false), null);
                }
            }

            if (!entry.IsLeased || !mayWait)
            {
                // Nobody can lease here, or the cache failed meanwhile, or what stands there is not ours to replace.
                TellWait(started, pause, LeaseWaitOutcome.Lost);
                flight.Begin(FlightBasis.Of(entry));
                var generations = entry.IsLeased || entry.IsNewer ? null : entry.Generations;
                return (await call.RunAsync(flight, lease: null, generations, version: null).ConfigureAwait(false), null);
            }

            var waited = _services.Time.GetElapsedTime(started);
            if (waited > MostLeases * call.Plan.Policy.LeaseTime)
            {
                CacheLog.LeaseWaitedOut(_services.Logger, waited.TotalSeconds);
                TellWait(started, pause, LeaseWaitOutcome.WaitedOut);
                flight.Begin(FlightBasis.Of(entry));
                return (await call.RunAsync(flight, lease: null, generations: null, version: null).ConfigureAwait(false), null);
            }

            var paused = Task.Delay(Spread(pause), _services.Time, flight.Token);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            await paused.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (paused.IsCanceled)
            {
                TellWait(started, pause, LeaseWaitOutcome.Cancelled);
                await paused.ConfigureAwait(false);
            }
        }
    }

    /// <summary>The wait for another process, if there was one, has ended.</summary>
    private void TellWait(long started, TimeSpan pause, LeaseWaitOutcome outcome)
    {
        if (pause > s_firstPause)
        {
            _services.TellWait(call.Address.Scope.Level, outcome, started);
        }
    }

#pragma warning disable CA5394 // Chance keeps those who wait from asking all at once; nothing depends on its being unpredictable.
    private static TimeSpan Spread(TimeSpan pause) => pause * (0.75 + (Random.Shared.NextDouble() / 2));
#pragma warning restore CA5394
}
