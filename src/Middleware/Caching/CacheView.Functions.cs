using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <content>What cached functions need beside the rest.</content>
internal sealed partial class CacheView : IFunctionCache
{
    private CacheView? _keptBefore;

    /// <summary>The view that was kept before this one; set once, when this one is.</summary>
    public CacheView? KeptBefore
    {
        get => _keptBefore;
        set => (_keptBefore, Position) = (value, (value?.Position ?? 0) + 1);
    }

    /// <summary>How many views are kept, this one included.</summary>
    public int Position { get; private set; }

    /// <summary>Whether this is the view of these.</summary>
    public bool Is(string prefix, StorageLevel? chosen, CacheViewOptions? own) =>
        ReferenceEquals(options, own) && level == chosen && string.Equals(view, prefix, StringComparison.Ordinal);

    public CachePolicy DefaultPolicy => options?.DefaultPolicy ?? services.DefaultPolicy;

    public async ValueTask<T> RefreshAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        var operation = await BeginAsync(CacheOperationKind.Set, cancellationToken).ConfigureAwait(false);
        var (address, plan, outcome) = (operation.Scope.Entry(key), Plan(policy), CacheOperationOutcome.Failed);
        var call = new FactoryCall<TState, T>(services, source, address, plan, options, state, new CacheFactory<TState, T>(factory), identity: null);
        if (operation.IsBypassed)
        {
            return await call.RunAloneAsync(cancellationToken).ConfigureAwait(false);
        }

        new Change(services, operation, address).Dispose();

        // Who leads never joins: another flight may have found the very value that is to be replaced.
        SingleFlight.MarkLeading();
        services.Flights.Enter<T>(address, seen: null, doubted: null, out var flight, plan.View.Access);
        var landing = new Landing<T>(default!, Abandoned: true);
        var registration = cancellationToken.UnsafeRegister(static leading => ((Flight<T>)leading!).GiveUp(), flight);
        await using (registration.ConfigureAwait(false))
        {
            try
            {
                landing = new Landing<T>(await RunAndStoreAsync(call, flight, address, plan).ConfigureAwait(false));
                outcome = CacheOperationOutcome.Stored;
                return landing.Value;
            }
            finally
            {
                services.Flights.Leave(address, flight);
                flight.Land(call.ForFollowers(flight, landing));
                operation.Memory?.Forget(address);
                operation.End(address, outcome);
            }
        }
    }

    /// <summary>
    /// Replaces what stands there now, whatever it is, and only that: a removal by another process while the factory runs takes its value's place, as it does for every other factory.
    /// </summary>
    private async ValueTask<T> RunAndStoreAsync<TState, T>(FactoryCall<TState, T> call, Flight<T> flight, EntryAddress address, WritePlan plan)
    {
        var entry = await services.Fresh.ReadOrLeaseAsync<T>(address, plan.Read, plan.Policy.LeaseTime).ConfigureAwait(false);
        flight.Begin(FlightBasis.Of(entry));
        var generations = entry.IsNewer || entry.Outcome == ReadOutcome.Unavailable ? null
            : entry.Generations ?? await services.Fresh.GenerationsAsync(address.Scope, plan.Policy.EntryTags, CancellationToken.None).ConfigureAwait(false);
        if (entry.Lease is not { } lease)
        {
            return await call.RunAsync(flight, lease: null, generations, version: entry.Version == 0 ? null : entry.Version).ConfigureAwait(false);
        }

        await using (lease.ConfigureAwait(false))
        {
            return await call.RunAsync(flight, lease, generations, version: null).ConfigureAwait(false);
        }
    }
}
