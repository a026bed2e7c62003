using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>Many keys at once, pipelined by the layer below; each key is noted as an operation of its own.</summary>
internal static class CacheBatches
{
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

    public static async ValueTask<Dictionary<string, T?>> GetAsync<T>(
        CacheServices services, Operation operation, string[] keys, WritePlan plan, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, T?>(keys.Length, StringComparer.Ordinal);
        if (keys.Length == 0)
        {
            return found;
        }

        var addresses = Array.ConvertAll(keys, operation.Scope.Entry);
        var entries = await OrFailAsync(services.Store.ReadManyAsync<T>(addresses, plan.Format, cancellationToken), operation, addresses).ConfigureAwait(false);
        for (var i = 0; i < entries.Length; i++)
        {
            operation.End(addresses[i], Operation.Outcome(entries[i].Outcome));
            if (entries[i].Found)
            {
                found[keys[i]] = entries[i].Value;
            }
        }

        return found;
    }

    public static async ValueTask<IReadOnlyList<string>> SetAsync<T>(
        CacheServices services, Operation operation, KeyValuePair<string, T>[] values, WritePlan plan, CancellationToken cancellationToken)
    {
        if (values.Length == 0)
        {
            return [];
        }

        var addresses = Array.ConvertAll(values, value => operation.Scope.Entry(value.Key));
        using var invalidation = services.Flights.Invalidate(addresses);
        KeyValuePair<EntryAddress, T>[] entries = [.. addresses.Zip(values, static (address, value) => KeyValuePair.Create(address, value.Value))];
        var outcomes = await OrFailAsync(services.Store.WriteManyAsync(entries, plan.Set, cancellationToken), operation, addresses).ConfigureAwait(false);
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

    public static async ValueTask<IReadOnlyList<string>> RemoveAsync(
        CacheServices services, Operation operation, string[] keys, CancellationToken cancellationToken)
    {
        if (keys.Length == 0)
        {
            return [];
        }

        var addresses = Array.ConvertAll(keys, operation.Scope.Entry);
        using var invalidation = services.Flights.Invalidate(addresses);
        var outcomes = await OrFailAsync(services.Store.RemoveManyAsync(addresses, cancellationToken), operation, addresses).ConfigureAwait(false);
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

    private static async ValueTask<T> OrFailAsync<T>(ValueTask<T> pending, Operation operation, EntryAddress[] addresses)
    {
        try
        {
            return await pending.ConfigureAwait(false);
        }
        catch
        {
            Array.ForEach(addresses, address => operation.End(address, CacheOperationOutcome.Failed));
            throw;
        }
    }
}
