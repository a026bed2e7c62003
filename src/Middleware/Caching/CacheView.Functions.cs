namespace ScopedCaching.Caching;

/// <content>What cached functions need beside the rest.</content>
internal sealed partial class CacheView : IFunctionCache
{
    public CachePolicy DefaultPolicy => options?.DefaultPolicy ?? services.DefaultPolicy;

    public async ValueTask<T> RefreshAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        var operation = await BeginAsync(CacheOperationKind.Set, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        services.Flights.Invalidate(address).Dispose();

        // Who leads never joins: another flight may have found the very value that is to be replaced.
        SingleFlight.MarkLeading();
        services.Flights.Enter<T>(address, out var flight);
        var landing = new Landing<T>(default!, Abandoned: true);
        try
        {
            var value = await factory(state, cancellationToken).ConfigureAwait(false);
            landing = new Landing<T>(value);
            outcome = flight.TryBeginWrite(services.Store, address, value, Plan(policy).Set, out var write)
                ? Operation.Outcome(await write.ConfigureAwait(false))
                : CacheOperationOutcome.NotStored;
            return value;
        }
        finally
        {
            services.Flights.Leave(address, flight);
            flight.Land(landing);
            operation.End(address, outcome);
        }
    }
}
