using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <content>Get-or-create: the memories of this process at once, the rest of the way in methods of its own.</content>
internal sealed partial class CacheView
{
    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        return TryGetNear<T>(key, policy, cancellationToken, out var near)
            ? new ValueTask<T>(near!)
            : GetOrCreateAsync(key, state, new CacheFactory<TState, T>(factory), policy, cancellationToken);
    }

    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CacheFactoryContext, CancellationToken, ValueTask<T>> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return GetOrCreateAsync(key, state, new CacheFactory<TState, T>(factory), policy, cancellationToken);
    }

    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key,
        TState state,
        Func<TState, CacheFactoryContext, IServiceProvider, CancellationToken, ValueTask<T>> factory,
        CachePolicy? policy,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return GetOrCreateAsync(key, state, new CacheFactory<TState, T>(factory), policy, cancellationToken);
    }

    /// <summary>The shortest way to a value in this process's memory, for caches outside requests: nothing is noted of it, and its scope is known.</summary>
    public bool TryGetNear<T>(string key, CachePolicy? policy, CancellationToken cancellationToken, out T? value)
    {
        var plan = Plan(policy);
        if (plan.KeepsLocally && _fixedScope is { } scope && !services.IsWatched && !cancellationToken.IsCancellationRequested)
        {
            return services.Tiers.TryGet(memory: null, scope.Entry(key), plan, services.Time.GetTimestamp(), out value, out _);
        }

        value = default;
        return false;
    }

    [SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "Only what has completed is taken at once.")]
    private ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, CacheFactory<TState, T> factory, CachePolicy? policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var plan = Plan(policy);
        ValueTask<Operation> beginning;
        try
        {
            beginning = BeginAsync(CacheOperationKind.GetOrCreate, cancellationToken, isTimed: plan.KeepsLocally);
        }
        catch (Exception refusal) when (refusal is ScopeUnavailableException or OperationCanceledException)
        {
            return ValueTask.FromException<T>(refusal);
        }

        if (!beginning.IsCompletedSuccessfully)
        {
            return BeginAndGoOnAsync(beginning, key, state, factory, plan, cancellationToken);
        }

        var operation = beginning.Result;
        var address = operation.Scope.Entry(key);
        if (!operation.IsBypassed && services.Tiers.TryGet<T>(operation.Memory, address, plan, operation.Started, out var value, out var tier))
        {
            operation.End(address, CacheOperationOutcome.Hit, tier);
            return new ValueTask<T>(value!);
        }

        return ReadOrCreateAsync(operation, address, state, factory, plan, cancellationToken);
    }

    private async ValueTask<T> BeginAndGoOnAsync<TState, T>(
        ValueTask<Operation> beginning, string key, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken)
    {
        var operation = await beginning.ConfigureAwait(false);
        var address = operation.Scope.Entry(key);
        if (!operation.IsBypassed && services.Tiers.TryGet<T>(operation.Memory, address, plan, operation.Started, out var value, out var tier))
        {
            operation.End(address, CacheOperationOutcome.Hit, tier);
            return value!;
        }

        return await ReadOrCreateAsync(operation, address, state, factory, plan, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<T> ReadOrCreateAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken) =>
        CacheTraces.IsListenedTo ? ReadOrCreateInSpanAsync(operation, address, state, factory, plan, cancellationToken)
            : ReadOrCreateUnseenAsync(operation, address, state, factory, plan, cancellationToken);

    private async ValueTask<T> ReadOrCreateInSpanAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken)
    {
        using var span = CacheTraces.Begin(Level);
        try
        {
            return await ReadOrCreateUnseenAsync(operation, address, state, factory, plan, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            CacheTraces.Fail(span, error);
            throw;
        }
    }

    private ValueTask<T> ReadOrCreateUnseenAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken) =>
        operation.IsBypassed || plan.KeepsLocally
            ? ReadBehindMemoryAsync(operation, address, state, factory, plan, cancellationToken)
            : ReadSharedAsync(operation, address, state, factory, plan, cancellationToken);

    /// <summary>The most used way, in one async method that holds as little as it can.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> ReadSharedAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken)
    {
        FreshEntry<T> entry;
        var before = services.Reader.Before(operation.Memory, address, plan);
        try
        {
            var read = Tiers.WantsPayload<T>(operation.Memory, plan) ? plan.ReadPayload : plan.Read;
            entry = await services.Fresh.ReadAsync<T>(address, read, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            operation.End(address, CacheOperationOutcome.Failed);
            throw;
        }

        if (entry.Outcome == ReadOutcome.Hit && operation.Memory is null && plan.Policy.RefreshAhead is null)
        {
            operation.End(address, CacheOperationOutcome.Hit, CacheTier.Shared);
            return entry.Value!;
        }

        return await AnswerAsync(
            operation, address, state, factory, plan, services.Reader.Take(entry, operation.Memory, address, plan, before), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<T> ReadBehindMemoryAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, CancellationToken cancellationToken)
    {
        Reading<T> reading;
        try
        {
            reading = operation.IsBypassed ? default : await services.Reader.ReadAsync<T>(operation.Memory, address, plan, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            operation.End(address, CacheOperationOutcome.Failed);
            throw;
        }

        return await AnswerAsync(operation, address, state, factory, plan, reading, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers what was read, or creates it.</summary>
    private async ValueTask<T> AnswerAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, Reading<T> reading, CancellationToken cancellationToken)
    {
        var (outcome, tier) = (CacheOperationOutcome.Failed, CacheTier.None);
        try
        {
            if (reading.IsHit && !plan.IsRefreshDue(reading.Entry.FreshUntil ?? reading.Entry.Deadline, services.Time))
            {
                (outcome, tier) = (CacheOperationOutcome.Hit, reading.Tier);
                return reading.Value!;
            }

            (var value, outcome, tier) = await CreateAsync(operation, address, state, factory, plan, reading, cancellationToken).ConfigureAwait(false);
            return value;
        }
        finally
        {
            operation.End(address, outcome, tier);
        }
    }

    private async ValueTask<(T Value, CacheOperationOutcome Outcome, CacheTier Tier)> CreateAsync<TState, T>(
        Operation operation, EntryAddress address, TState state, CacheFactory<TState, T> factory, WritePlan plan, Reading<T> reading, CancellationToken cancellationToken)
    {
        var identity = factory.HasServicesOfItsOwn ? await source.FixAsync().ConfigureAwait(false) : null;
        var call = new FactoryCall<TState, T>(services, source, address, plan, options, state, factory, identity);
        if (operation.IsBypassed)
        {
            return (await call.RunAloneAsync(cancellationToken).ConfigureAwait(false), CacheOperationOutcome.Miss, CacheTier.None);
        }

        if (reading.Entry.Found)
        {
            var (answer, isNew) = await new Refresh<TState, T>(call).RunAsync(reading, cancellationToken).ConfigureAwait(false);
            return isNew ? (answer, CacheOperationOutcome.Miss, CacheTier.None)
                : (answer, reading.IsHit ? CacheOperationOutcome.Hit : CacheOperationOutcome.Stale, reading.Tier);
        }

        return (await new Creation<TState, T>(call).RunAsync(reading.Entry, cancellationToken).ConfigureAwait(false), CacheOperationOutcome.Miss, CacheTier.None);
    }
}
