using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>
/// A cache at one level and view: finds the scope of each call, and hands it on. Get-or-create stands in <c>CacheView.Create.cs</c>, writes in
/// <c>CacheView.Writes.cs</c>, many keys at once in <see cref="CacheBatches"/>.
/// </summary>
internal sealed partial class CacheView(CacheServices services, IScopeSource source, StorageLevel? level, string view, CacheViewOptions? options) : ICache
{
    private WritePlan? _latestPlan;

    // Kept where it can never be another.
    private EntryScope? _fixedScope;

    public StorageLevel Level => level ?? source.Level;

    public async ValueTask<CacheResult<T>> TryGetAsync<T>(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Get, cancellationToken).ConfigureAwait(false);
        var (address, outcome, tier) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed, CacheTier.None);
        try
        {
            var plan = Plan(policy);
            if (operation.IsBypassed)
            {
                outcome = CacheOperationOutcome.Miss;
                return default;
            }

            if (services.Tiers.TryGet<T>(operation.Memory, address, plan, operation.Started, out var near, out tier))
            {
                outcome = CacheOperationOutcome.Hit;
                return new CacheResult<T>(near);
            }

            var reading = await services.Reader.ReadAsync<T>(operation.Memory, address, plan, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(reading.Entry.Outcome);
            if (reading.IsHit)
            {
                tier = reading.Tier;
                return new CacheResult<T>(reading.Value, reading.Entry.Version);
            }

            // A value past its time is for get-or-create only.
            outcome = outcome == CacheOperationOutcome.Stale ? CacheOperationOutcome.Miss : outcome;
            return new CacheResult<T>(new CacheVersion(reading.Entry.Version, isKnown: reading.Entry.Outcome != ReadOutcome.Unavailable));
        }
        finally
        {
            operation.End(address, outcome, tier);
        }
    }

    public async ValueTask<Dictionary<string, T?>> GetManyAsync<T>(IReadOnlyCollection<string> keys, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        var asked = CacheBatches.Check(keys);
        var operation = await BeginAsync(CacheOperationKind.Get, cancellationToken).ConfigureAwait(false);
        return await new CacheBatches(services, operation).GetAsync<T>(asked, Plan(policy), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<Dictionary<string, T?>> GetOrCreateManyAsync<T>(
        IReadOnlyCollection<string> keys,
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory,
        CachePolicy? policy = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var asked = CacheBatches.Check(keys);
        var operation = await BeginAsync(CacheOperationKind.GetOrCreate, cancellationToken).ConfigureAwait(false);
        using var span = CacheTraces.BeginMany(Level, asked.Length);
        try
        {
            return await new CacheBatches(services, operation).GetOrCreateAsync(asked, factory, Plan(policy), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            CacheTraces.Fail(span, error);
            throw;
        }
    }

    public async ValueTask<IReadOnlyList<string>> SetManyAsync<T>(
        IReadOnlyCollection<KeyValuePair<string, T>> values, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        var given = CacheBatches.Check(values);
        var operation = await BeginAsync(CacheOperationKind.Set, cancellationToken).ConfigureAwait(false);
        return await new CacheBatches(services, operation).SetAsync(given, Plan(policy), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<string>> RemoveManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        var asked = CacheBatches.Check(keys);
        var operation = await BeginAsync(CacheOperationKind.Remove, cancellationToken).ConfigureAwait(false);
        return await new CacheBatches(services, operation).RemoveAsync(asked, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<ulong?> IncrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        CountAsync(key, by, negative: false, policy, cancellationToken);

    public ValueTask<ulong?> DecrementAsync(string key, long by = 1, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        CountAsync(key, by, negative: true, policy, cancellationToken);

    private async ValueTask<ulong?> CountAsync(string key, long by, bool negative, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNegative(by);
        var operation = await BeginAsync(CacheOperationKind.Count, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        try
        {
            var count = operation.IsBypassed ? null
                : await services.Store.AddToCounterAsync(address, negative ? -by : by, new EntryLife(Plan(policy).Policy.Expiration), cancellationToken).ConfigureAwait(false);
            outcome = operation.IsBypassed ? CacheOperationOutcome.NotStored : count is null ? CacheOperationOutcome.Failed : CacheOperationOutcome.Stored;
            return count;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    private WritePlan Plan(CachePolicy? policy)
    {
        policy ??= options?.DefaultPolicy ?? services.DefaultPolicy;
        if (_latestPlan is { } latest && ReferenceEquals(latest.Policy, policy))
        {
            return latest;
        }

        return _latestPlan = WritePlan.For(policy, options);
    }

    [SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "Only what has completed is taken at once.")]
    private ValueTask<Operation> BeginAsync(CacheOperationKind kind, CancellationToken cancellationToken, bool isTimed = true)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Where nothing is noted and no memory looked into, nobody asks for the time.
        var (started, chosen) = (isTimed || !source.IsFixed || services.IsWatched ? services.Time.GetTimestamp() : 0, Level);
        var pending = _fixedScope is { } known ? new ValueTask<EntryScope>(known) : source.ScopeAsync(chosen, view);
        if (!pending.IsCompletedSuccessfully)
        {
            return WaitAsync(pending, chosen, kind, started);
        }

        var scope = pending.Result;
        _fixedScope = source.IsFixed ? scope : null;
        return new ValueTask<Operation>(new Operation(services, source, chosen, scope, kind, started));
    }

    // No local function: that would allocate what it captures also where it is not called.
    private async ValueTask<Operation> WaitAsync(ValueTask<EntryScope> pending, StorageLevel chosen, CacheOperationKind kind, long started) =>
        new(services, source, chosen, await pending.ConfigureAwait(false), kind, started);
}
