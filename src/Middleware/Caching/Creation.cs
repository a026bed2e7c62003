using System.Runtime.ExceptionServices;
using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>One caller's way to a value that was not there: wait for the factory that is running, or run one's own and store what it returns.</summary>
internal sealed class Creation<TState, T>(
    CacheServices services, EntryAddress address, WritePlan plan, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CancellationToken aborted)
{
    /// <param name="ticket">Taken before the read that missed.</param>
    /// <param name="reachable">Whether that read reached the cache: if not, writing would only spend another timeout.</param>
    /// <param name="cancellationToken">Ends the caller's wait.</param>
    public async ValueTask<T> RunAsync(long ticket, bool reachable, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (services.Flights.Enter<T>(address, out var flight))
            {
                var mayBeThere = reachable && services.Flights.Ticket(address) != ticket;
                return await LeadAsync(flight, mayBeThere, reachable, cancellationToken).ConfigureAwait(false);
            }

            var landing = await flight.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (landing.Error is { } error)
            {
                ExceptionDispatchInfo.Throw(error);
            }

            if (!landing.Abandoned)
            {
                return landing.Value;
            }
        }
    }

    private async ValueTask<T> LeadAsync(Flight<T> flight, bool mayBeThere, bool reachable, CancellationToken cancellationToken)
    {
        // A leader that gives up goes on until its factory ends, because the factory may use what belongs to the leader's request.
        var registration = cancellationToken.UnsafeRegister(static leading => ((Flight<T>)leading!).GiveUp(), flight);
        await using (registration.ConfigureAwait(false))
        {
            var landing = new Landing<T>(default!, Abandoned: true);
            try
            {
                landing = new Landing<T>(await CreateAsync(flight, mayBeThere, reachable).ConfigureAwait(false));
            }
            catch (Exception error)
            {
                // Whose request went away fails for that reason, whatever it looks like; the others must not fail with it.
                var gone = cancellationToken.IsCancellationRequested || aborted.IsCancellationRequested;
                landing = gone ? landing : new Landing<T>(default!, error);
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
            finally
            {
                services.Flights.Leave(address, flight);
                flight.Land(landing);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return landing.Value;
        }
    }

    private async ValueTask<T> CreateAsync(Flight<T> flight, bool mayBeThere, bool reachable)
    {
        SingleFlight.MarkLeading();
        if (mayBeThere)
        {
            // Another flight landed between the read that missed and the start of this one.
            var entry = await services.Store.ReadAsync<T>(address, plan.Format, flight.Token).ConfigureAwait(false);
            if (entry.Found)
            {
                return entry.Value!;
            }
        }

        var value = await factory(state, flight.Token).ConfigureAwait(false);
        if (reachable && flight.TryBeginWrite(services.Store, address, value, plan.Set, out var write))
        {
            await write.ConfigureAwait(false);
        }

        return value;
    }
}
