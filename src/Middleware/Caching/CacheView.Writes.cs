using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <content>Changes of one entry, and of all of a scope. Each detaches the factories under way before it is sent, and those that start until it is through.</content>
internal sealed partial class CacheView
{
    public ValueTask<bool> SetAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        Plan(policy) is { View.KeepsWhatIsSet: true, KeepsLocally: true } plan ? SetAndKeepAsync(key, value, plan, cancellationToken)
        : WriteAsync(CacheOperationKind.Set, key, value, Plan(policy).Of(value), cancellationToken);

    public ValueTask<bool> AddAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        WriteAsync(CacheOperationKind.Add, key, value, Plan(policy).Of(value, WriteCondition.IfAbsent), cancellationToken);

    public ValueTask<bool> ReplaceAsync<T>(string key, T value, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        WriteAsync(CacheOperationKind.Replace, key, value, Plan(policy).Of(value, WriteCondition.IfPresent), cancellationToken);

    public ValueTask<bool> SetIfUnchangedAsync<T>(string key, T value, CacheVersion version, CachePolicy? policy = null, CancellationToken cancellationToken = default) =>
        version.IsKnown
            ? WriteAsync(CacheOperationKind.Set, key, value, IfStill(version.Number, Plan(policy).Of(value)), cancellationToken)
            : new ValueTask<bool>(result: false);

    public async ValueTask<CacheResult<T>> UpdateAsync<T>(
        string key, Func<CacheResult<T>, T> update, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(update);
        var operation = await BeginAsync(CacheOperationKind.Update, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var change = new Change(services, operation, address);
        try
        {
            if (operation.IsBypassed)
            {
                outcome = CacheOperationOutcome.NotStored;
                return default;
            }

            var plan = Plan(policy);
            var (written, updated) = await services.Fresh.UpdateAsync<T>(
                address,
                plan.Read,
                entry =>
                {
                    var value = update(entry.Outcome == ReadOutcome.Hit ? new CacheResult<T>(entry.Value) : default);
                    return (value, plan.Of(value));
                },
                cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(written);
            return written == WriteOutcome.Stored ? new CacheResult<T>(updated) : default;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public async ValueTask<RemoveOutcome> RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Remove, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var change = new Change(services, operation, address);
        try
        {
            var removed = await services.Fresh.RemoveAsync(address, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(removed);
            return removed;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public async ValueTask<bool> TouchAsync(string key, CachePolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Touch, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var change = new Change(services, operation, address);
        try
        {
            var touched = operation.IsBypassed ? WriteOutcome.NotStored
                : await services.Fresh.TouchAsync(address, Plan(policy).Set, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(touched);
            return touched == WriteOutcome.Stored;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    public ValueTask<bool> RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default)
    {
        var given = EntryTags.Of(tags);
        return given.Names.Count == 0
            ? throw new ArgumentException("There is no tag.", nameof(tags))
            : InvalidateAsync(CacheOperationKind.RemoveByTag, scope => scope.WithView(""), scope => services.Fresh.RemoveByTagsAsync(scope, given, cancellationToken), cancellationToken);
    }

    public ValueTask<bool> ClearAsync(CancellationToken cancellationToken = default) =>
        InvalidateAsync(CacheOperationKind.Clear, static scope => scope, scope => services.Fresh.ClearAsync(scope, cancellationToken), cancellationToken);

    private async ValueTask<bool> InvalidateAsync(
        CacheOperationKind kind, Func<EntryScope, EntryScope> reach, Func<EntryScope, ValueTask<bool>> invalidate, CancellationToken cancellationToken)
    {
        var operation = await BeginAsync(kind, cancellationToken).ConfigureAwait(false);
        var (reached, outcome) = (reach(operation.Scope), CacheOperationOutcome.Failed);
        Forget();
        try
        {
            var delivered = await invalidate(operation.Scope).ConfigureAwait(false);
            outcome = delivered ? CacheOperationOutcome.Removed : CacheOperationOutcome.Failed;
            return delivered;
        }
        finally
        {
            Forget();
            operation.End(default, outcome, reached: reached);
        }

        void Forget()
        {
            services.Flights.InvalidateScope(reached);
            services.Tiers.Doubt(operation.Memory);
        }
    }

    private async ValueTask<bool> SetAndKeepAsync<T>(string key, T value, WritePlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(CacheOperationKind.Set, cancellationToken).ConfigureAwait(false);
        var address = operation.Scope.Entry(key);
        var (readAt, ticket, write) = (services.Time.GetTimestamp(), services.Flights.Ticket(address), plan.Of(value));
        if (!await WriteAsync(CacheOperationKind.Set, key, value, write, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        // The write counts as one change; with a second one this value may not be the latest.
        services.Tiers.Keep(memory: null, address, plan, services.Tiers.Entry(value, write, plan, stamp: null, readAt), ticket + 1, changes: 0);
        return true;
    }

    private async ValueTask<bool> WriteAsync<T>(CacheOperationKind kind, string key, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var operation = await BeginAsync(kind, cancellationToken).ConfigureAwait(false);
        var (address, outcome) = (operation.Scope.Entry(key), CacheOperationOutcome.Failed);
        using var change = new Change(services, operation, address);
        try
        {
            var written = operation.IsBypassed ? WriteOutcome.NotStored : await WriteAsync(address, value, write, cancellationToken).ConfigureAwait(false);
            outcome = Operation.Outcome(written);
            return written == WriteOutcome.Stored;
        }
        finally
        {
            operation.End(address, outcome);
        }
    }

    /// <summary>A version is that of what was read, whether it counted or not; so it is compared as it is, which takes ids to write under.</summary>
    private async ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, CancellationToken cancellationToken)
    {
        if (write.Condition != WriteCondition.IfVersion)
        {
            return await services.Fresh.WriteAsync(address, value, write, generations: null, cancellationToken).ConfigureAwait(false);
        }

        return await services.Fresh.GenerationsAsync(address.Scope, write.Tags, cancellationToken).ConfigureAwait(false) is { } current
            ? await services.Fresh.WriteAsync(address, value, write, current, cancellationToken).ConfigureAwait(false)
            : WriteOutcome.Unavailable;
    }

    private static EntryWrite IfStill(ulong version, EntryWrite write) => version == 0
        ? write with { Condition = WriteCondition.IfAbsent }
        : write with { Condition = WriteCondition.IfVersion, Version = version };
}
