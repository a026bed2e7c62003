using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>One get-or-create that needs its factory: what it was asked, and how a factory is run and its value stored.</summary>
internal sealed class FactoryCall<TState, T>(
    CacheServices services,
    IScopeSource source,
    EntryAddress address,
    WritePlan plan,
    CacheViewOptions? view,
    TState state,
    CacheFactory<TState, T> factory,
    FixedScopeSource? identity)
{
    public CacheServices Services => services;

    public EntryAddress Address => address;

    public WritePlan Plan => plan;

    /// <summary>Whether the factory can outlive the request.</summary>
    public bool CanOutlive => factory.HasServicesOfItsOwn;

    public CancellationToken Aborted => source.Aborted;

    /// <summary>
    /// Runs the factory, and stores what it returns: under the lease, else where nothing has changed, else not at all. Null generations: not stored.
    /// </summary>
    public async ValueTask<T> RunAsync(Flight<T> flight, EntryLease? lease, EntryGenerations? generations, ulong? version)
    {
        var context = new CacheFactoryContext(plan.Policy, isRefresh: version is not null);
        var (readAt, ticket) = (services.Time.GetTimestamp(), services.Flights.Ticket(address));
        var value = await RunInTimeAsync(context, flight.Token).ConfigureAwait(false);
        if ((generations is null && plan.View.Access.HasFlag(TierAccess.WriteShared)) || !context.Stores)
        {
            return value;
        }

        var used = ReferenceEquals(context.Policy, plan.Policy) ? plan : WritePlan.For(context.Policy, view);
        var write = used.Of(value);
        try
        {
            if (flight.TryBeginWrite(WriteAsync, out var pending) && await pending.ConfigureAwait(false) == WriteOutcome.Stored)
            {
                Keep(value, write, used, generations, readAt, ticket);
            }
        }
        catch (MemcachedValueTooLargeException) when (plan.View.AnswersWhatIsTooLarge)
        {
            CacheLog.TooLargeToStore(services.Logger);
        }

        return value;

        ValueTask<WriteOutcome> WriteAsync() => lease is not null ? lease.StoreAsync(value, write, generations!)
            : version is { } seen && services.Fresh.CanLease ? services.Fresh.WriteAsync(address, value, write with { Condition = WriteCondition.IfVersion, Version = seen }, generations, CancellationToken.None)
            : services.Fresh.WriteAsync(address, value, write, generations, CancellationToken.None);
    }

    /// <summary>Runs the factory, and nothing else.</summary>
    public ValueTask<T> RunAloneAsync(CancellationToken cancellationToken) => RunInTimeAsync(new CacheFactoryContext(plan.Policy, isRefresh: false), cancellationToken);

    /// <summary>Who waits gets objects of their own, unless the value can never change.</summary>
    public Landing<T> ForFollowers(Flight<T> flight, Landing<T> landing)
    {
        if (Sharing<T>.IsSafe || !flight.HasFollowers || landing.Abandoned || landing.Error is not null)
        {
            return landing;
        }

        try
        {
            return landing with { Payload = services.Fresh.Pack(landing.Value, plan.Format), Format = plan.Format };
        }
        catch (Exception error)
        {
            // What does not serialize fails for everybody, as it did for who tried to store it.
            return new Landing<T>(default!, error);
        }
    }

    private ValueTask<T> RunInTimeAsync(CacheFactoryContext context, CancellationToken everybodyLeft) =>
        services.WatchesFactories ? RunWatchedAsync(context, everybodyLeft) : RunUnwatchedAsync(context, everybodyLeft);

    private async ValueTask<T> RunWatchedAsync(CacheFactoryContext context, CancellationToken everybodyLeft)
    {
        // Begun in here, so that what comes after the factory is not below its span.
        using var watch = services.WatchFactory(address.Scope.Level, context.IsRefresh);
        try
        {
            return await RunUnwatchedAsync(context, everybodyLeft).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            watch.Error = error;
            throw;
        }
    }

    private async ValueTask<T> RunUnwatchedAsync(CacheFactoryContext context, CancellationToken everybodyLeft)
    {
        if (plan.Policy.FactoryHardTimeout is not { } most)
        {
            return await factory.RunAsync(state, context, services.Scopes, identity, everybodyLeft).ConfigureAwait(false);
        }

        using var timeout = new CancellationTokenSource(most, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, everybodyLeft);
        var running = factory.RunAsync(state, context, services.Scopes, identity, either.Token);
        try
        {
            // A factory of the request's own is waited for: it must not go on after its request.
            return factory.HasServicesOfItsOwn
                ? await OrAbandonAsync(running.AsTask(), either.Token).ConfigureAwait(false)
                : await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException obeyed) when (timeout.IsCancellationRequested && !everybodyLeft.IsCancellationRequested)
        {
            throw new TimeoutException($"The factory took longer than its policy's FactoryHardTimeout of {most.TotalSeconds} s.", obeyed);
        }
    }

    private static async Task<T> OrAbandonAsync(Task<T> running, CancellationToken cancellationToken)
    {
        try
        {
            return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Nobody hears how a factory ends that nobody waits for any more.
            _ = running.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private void Keep(T value, EntryWrite write, WritePlan used, EntryGenerations? generations, long readAt, long ticket)
    {
        if (plan.View.Access != TierAccess.All)
        {
            // Where memory was not asked it may hold the value before this one.
            services.Tiers.Forget(source.Memory, address);
        }

        if (!used.KeepsLocally)
        {
            return;
        }

        // Its version is not known. Nor are the generations of tags that only the factory chose.
        EntryStamp? stamp = generations is not null && ReferenceEquals(used, plan) ? new EntryStamp(Version: 0, generations, EndsAt: null) : null;
        services.Tiers.Keep(memory: null, address, used, services.Tiers.Entry(value, write, used, stamp, readAt), ticket, changes: 0);
    }
}
