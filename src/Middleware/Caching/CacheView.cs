using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Caching;

/// <summary>A cache at one level and view: finds the scope of each call, and hands it on. Many keys at once stand in <see cref="CacheBatches"/>.</summary>
internal sealed partial class CacheView(CacheServices services, IScopeSource source, StorageLevel? level, string view, CacheViewOptions? options) : ICache
{
    public StorageLevel Level => level ?? source.Level;

    public async ValueTask<CacheResult<T>> TryGetAsync<T>(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Get, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        try
        {
            var entry = await services.Store.ReadAsync<T>(address, Plan(policy).Format, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(entry.Outcome);
            return entry.Found ? new CacheResult<T>(entry.Value) : default;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public async ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        var asked = CacheBatches.Check(keys);
        var operation = await BeginAsync(CacheOperationKind.Get, cancellationToken).ConfigureAwait(false);
        return await CacheBatches.GetAsync<T>(services, operation, asked, Plan(policy), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        WriteAsync(CacheOperationKind.Set, key, value, Plan(policy).Set, cancellationToken);

    public ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        WriteAsync(CacheOperationKind.Add, key, value, Plan(policy).Add, cancellationToken);

    public ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        WriteAsync(CacheOperationKind.Replace, key, value, Plan(policy).Replace, cancellationToken);

    public async ValueTask<IReadOnlyList<string>> SetManyAsync<T>(
        IReadOnlyCollection<KeyValuePair<string, T>> values, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        var given = CacheBatches.Check(values);
        var operation = await BeginAsync(CacheOperationKind.Set, cancellationToken).ConfigureAwait(false);
        return await CacheBatches.SetAsync(services, operation, given, Plan(policy), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<RemoveOutcome> RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Remove, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var invalidation = services.Flights.Invalidate(address);
        try
        {
            var removed = await services.Store.RemoveAsync(address, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(removed);
            return removed;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public async ValueTask<IReadOnlyList<string>> RemoveManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        var asked = CacheBatches.Check(keys);
        var operation = await BeginAsync(CacheOperationKind.Remove, cancellationToken).ConfigureAwait(false);
        return await CacheBatches.RemoveAsync(services, operation, asked, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> TouchAsync(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Touch, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var invalidation = services.Flights.Invalidate(address);
        try
        {
            var plan = Plan(policy);
            var touched = await services.Store.TouchAsync(address, plan.Set.Life, plan.Format, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(touched);
            return touched == WriteOutcome.Stored;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public ValueTask<ulong?> IncrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        CountAsync(key, by, negative: false, policy, cancellationToken);

    public ValueTask<ulong?> DecrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        CountAsync(key, by, negative: true, policy, cancellationToken);

    public async ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        var operation = await BeginAsync(CacheOperationKind.GetOrCreate, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        try
        {
            var plan = Plan(policy);
            var ticket = services.Flights.Ticket(address);
            var entry = await services.Store.ReadAsync<T>(address, plan.Format, cancellationToken).ConfigureAwait(false);
            if (entry.Found)
            {
                outcome = CacheOperationOutcome.Hit;
                return entry.Value!;
            }

            var creation = new Creation<TState, T>(services, address, plan, state, factory, source.Aborted);
            var value = await creation.RunAsync(ticket, reachable: entry.Outcome != ReadOutcome.Unavailable, cancellationToken).ConfigureAwait(false);
            outcome = CacheOperationOutcome.Miss;
            return value;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    private async ValueTask<bool> WriteAsync<T>(CacheOperationKind kind, string key, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(kind, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var invalidation = services.Flights.Invalidate(address);
        try
        {
            var written = await services.Store.WriteAsync(address, value, write, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(written);
            return written == WriteOutcome.Stored;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    private async ValueTask<ulong?> CountAsync(string key, long by, bool negative, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNegative(by);
        var operation = await BeginAsync(CacheOperationKind.Count, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        try
        {
            var count = await services.Store.AddToCounterAsync(address, negative ? -by : by, Plan(policy).Set.Life, cancellationToken).ConfigureAwait(false);
            outcome = count is null ? CacheOperationOutcome.Failed : CacheOperationOutcome.Stored;
            return count;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    private WritePlan Plan(CachePolicy? policy) => WritePlan.For(policy ?? options?.DefaultPolicy ?? services.DefaultPolicy, options);

    private async ValueTask<Operation> BeginAsync(CacheOperationKind kind, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (started, chosen) = (services.Time.GetTimestamp(), Level);
        var scope = await source.ScopeAsync(chosen, view).ConfigureAwait(false);
        return new Operation(services, source.Log, chosen, scope, kind, started);
    }
}
