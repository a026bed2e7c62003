using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>One caller's way when there is a value, stale or near its end: who gets the lease refreshes it, everybody else takes the value as it is.</summary>
internal sealed class Refresh<TState, T>(FactoryCall<TState, T> call)
{
    private readonly CacheServices _services = call.Services;

    /// <param name="reading">The value there is.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    /// <returns>The value to answer, and whether it is a new one.</returns>
    public async ValueTask<(T Value, bool IsNew)> RunAsync(Reading<T> reading, CancellationToken cancellationToken)
    {
        // Also within another factory: nobody waits here for anybody but the own factory.
        if (_services.FailedRefreshes.IsPausing(call.Address) || !_services.Flights.TryLead<T>(call.Address, out var flight))
        {
            return (reading.Value!, false);
        }

        // What goes on in the background begins there: what its factory does before its first wait holds nobody up. It is done for this request, and stands in its trace and logging scopes.
        var refresh = call.CanOutlive ? Task.Run(() => LeadAsync(flight, reading.Entry, reading.Value!), CancellationToken.None) : LeadAsync(flight, reading.Entry, reading.Value!);
        if (!call.CanOutlive)
        {
            var registration = cancellationToken.UnsafeRegister(static leading => ((Flight<T>)leading!).GiveUp(), flight);
            await using (registration.ConfigureAwait(false))
            {
                var result = await refresh.ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                return result;
            }
        }

        if (reading.IsHit)
        {
            return (reading.Value!, false);
        }

        try
        {
            var patience = call.Plan.Policy.FactorySoftTimeout ?? Timeout.InfiniteTimeSpan;
            return await refresh.WaitAsync(patience, _services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return (reading.Value!, false);
        }
    }

    /// <summary>Never fails: a factory that does leaves the value as it is.</summary>
    private async Task<(T Value, bool IsNew)> LeadAsync(Flight<T> flight, FreshEntry<T> entry, T present)
    {
        SingleFlight.MarkLeading();
        var landing = new Landing<T>(default!, Abandoned: true);
        try
        {
            var lease = await _services.Fresh.LeaseAsync(call.Address, entry.Version, call.Plan.Policy.LeaseTime).ConfigureAwait(false);
            if (lease is null && _services.Fresh.CanLease)
            {
                return (present, false);
            }

            flight.Begin(new FlightBasis(entry.Version, entry.Generations));
            await using ((lease as IAsyncDisposable ?? NoLease.Instance).ConfigureAwait(false))
            {
                var value = await call.RunAsync(flight, lease, entry.Generations, entry.Version).ConfigureAwait(false);
                landing = new Landing<T>(value);
                _services.FailedRefreshes.Remove(call.Address);
                return (value, true);
            }
        }
        catch (Exception error)
        {
            if (flight.Token.IsCancellationRequested)
            {
                // Everybody gave up: nothing failed.
                return (present, false);
            }

            _services.FailedRefreshes.Add(call.Address);
            if (call.CanOutlive)
            {
                CacheLog.BackgroundFactoryFailed(_services.Logger, error.GetType().Name, error.StackTrace);
            }
            else
            {
                CacheLog.StaleAnswered(_services.Logger, error.GetType().Name, error.StackTrace);
            }

            return (present, false);
        }
        finally
        {
            _services.Flights.Leave(call.Address, flight);
            flight.Land(call.ForFollowers(flight, landing));
        }
    }

    private sealed class NoLease : IAsyncDisposable
    {
        public static readonly NoLease Instance = new();

        public ValueTask DisposeAsync() => default;
    }
}
