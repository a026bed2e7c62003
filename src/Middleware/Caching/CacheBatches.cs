using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>Many keys at once, pipelined by the layer below; each key is noted as an operation of its own.</summary>
internal readonly struct CacheBatches(CacheServices services, Operation operation)
{
    /// <summary>Under a policy with jitter, so many different lives are spread over the values of one call.</summary>
    private const int Lives = 8;

    public static string[] Check(IReadOnlyCollection<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        string[] asked = [.. keys];
        return Array.Exists(asked, static key => key is null) ? throw new ArgumentNullException(nameof(keys), "A key is null.") : asked;
    }

    public static KeyValuePair<string, T>[] Check<T>(IReadOnlyCollection<KeyValuePair<string, T>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        KeyValuePair<string, T>[] given = [.. values];
        return Array.Exists(given, static value => value.Key is null) ? throw new ArgumentNullException(nameof(values), "A key is null.") : given;
    }

    public async ValueTask<Dictionary<string, T?>> GetAsync<T>(string[] keys, WritePlan plan, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, T?>(keys.Length, StringComparer.Ordinal);
        if (operation.IsBypassed || keys.Length == 0)
        {
            return found;
        }

        List<string> missing = [];
        foreach (var key in keys)
        {
            var address = operation.Scope.Entry(key);
            if (services.Tiers.TryGet<T>(operation.Memory, address, plan, operation.Started, out var value, out var tier))
            {
                found[key] = value;
                operation.End(address, CacheOperationOutcome.Hit, tier);
            }
            else
            {
                missing.Add(key);
            }
        }

        await ReadAsync(missing, found, plan, cancellationToken).ConfigureAwait(false);
        return found;
    }

    public async ValueTask<Dictionary<string, T?>> GetOrCreateAsync<T>(
        string[] keys, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory, WritePlan plan, CancellationToken cancellationToken)
    {
        var found = await GetAsync<T>(keys, plan, cancellationToken).ConfigureAwait(false);
        string[] missing = [.. keys.Where(key => !found.ContainsKey(key)).Distinct(StringComparer.Ordinal)];
        if (missing.Length == 0)
        {
            return found;
        }

        await new BatchCreation<T>(services, operation, plan, found).RunAsync(missing, factory, cancellationToken).ConfigureAwait(false);
        return found;
    }

    public async ValueTask<IReadOnlyList<string>> SetAsync<T>(KeyValuePair<string, T>[] values, WritePlan plan, CancellationToken cancellationToken)
    {
        if (operation.IsBypassed || values.Length == 0)
        {
            return [.. values.Select(static value => value.Key)];
        }

        var scope = operation.Scope;
        var addresses = Array.ConvertAll(values, value => scope.Entry(value.Key));
        using var change = new Change(services, operation, addresses);
        var outcomes = await OrFailAsync(WriteAsync(addresses, values, plan, cancellationToken), addresses).ConfigureAwait(false);
        List<string> failed = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            operation.End(addresses[i], Operation.Outcome(outcomes[i]));
            if (outcomes[i] != WriteOutcome.Stored)
            {
                failed.Add(values[i].Key);
            }
        }

        return failed;
    }

    public async ValueTask<IReadOnlyList<string>> RemoveAsync(string[] keys, CancellationToken cancellationToken)
    {
        if (keys.Length == 0)
        {
            return [];
        }

        var addresses = Array.ConvertAll(keys, operation.Scope.Entry);
        using var change = new Change(services, operation, addresses);
        var outcomes = await OrFailAsync(services.Store.RemoveManyAsync(addresses, cancellationToken), addresses).ConfigureAwait(false);
        List<string> undelivered = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            operation.End(addresses[i], Operation.Outcome(outcomes[i]));
            if (outcomes[i] == RemoveOutcome.Undelivered)
            {
                undelivered.Add(keys[i]);
            }
        }

        return undelivered;
    }

    private async ValueTask ReadAsync<T>(List<string> keys, Dictionary<string, T?> found, WritePlan plan, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return;
        }

        var flights = services.Flights;
        EntryAddress[] addresses = [.. keys.Select(operation.Scope.Entry)];
        var (readAt, changes) = (services.Time.GetTimestamp(), operation.Memory?.Changes ?? 0);
        var tickets = Array.ConvertAll(addresses, flights.Ticket);
        var read = Tiers.WantsPayload<T>(operation.Memory, plan) ? plan.ReadPayload : plan.Read;
        var entries = await OrFailAsync(services.Fresh.ReadManyAsync<T>(addresses, read, cancellationToken), addresses).ConfigureAwait(false);
        for (var i = 0; i < entries.Length; i++)
        {
            var reading = services.Reader.Take(entries[i], operation.Memory, addresses[i], plan, (readAt, tickets[i], changes));
            var outcome = Operation.Outcome(reading.Entry.Outcome);
            operation.End(addresses[i], outcome == CacheOperationOutcome.Stale ? CacheOperationOutcome.Miss : outcome, reading.IsHit ? reading.Tier : CacheTier.None);
            if (reading.IsHit)
            {
                found[keys[i]] = reading.Value;
            }
        }
    }

    /// <summary>What lives equally long is written together.</summary>
    private async ValueTask<WriteOutcome[]> WriteAsync<T>(EntryAddress[] addresses, KeyValuePair<string, T>[] values, WritePlan plan, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[values.Length];
        var fresh = services.Fresh;
        var spread = plan.Policy.Jitter > TimeSpan.Zero ? Lives : 1;
        var together = Enumerable.Range(0, values.Length).GroupBy(i => (IsNull: values[i].Value is null, Life: i % spread));
        await Task.WhenAll([.. together.Select(group => WriteGroupAsync([.. group]))]).ConfigureAwait(false);
        return outcomes;

        async Task WriteGroupAsync(int[] group)
        {
            var entries = Array.ConvertAll(group, i => KeyValuePair.Create(addresses[i], values[i].Value));
            var written = await fresh.WriteManyAsync(entries, plan.Of(values[group[0]].Value), generations: null, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < group.Length; i++)
            {
                outcomes[group[i]] = written[i];
            }
        }
    }

    private async ValueTask<T> OrFailAsync<T>(ValueTask<T> pending, EntryAddress[] addresses)
    {
        try
        {
            return await pending.ConfigureAwait(false);
        }
        catch
        {
            foreach (var address in addresses)
            {
                operation.End(address, CacheOperationOutcome.Failed);
            }

            throw;
        }
    }
}
