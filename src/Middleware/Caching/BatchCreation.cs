using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Caching;

/// <summary>Many keys that were not found: the leases on them, one run of the factory, and what it returns stored.</summary>
internal sealed class BatchCreation<T>(CacheServices services, Operation operation, WritePlan plan, Dictionary<string, T?> found)
{
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);

    public async ValueTask RunAsync(
        string[] missing, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory, CancellationToken cancellationToken)
    {
        // The factory may ask for one of these keys, whose lease is held here: it must not wait.
        SingleFlight.MarkLeading();
        try
        {
            if (!operation.IsBypassed)
            {
                await LeaseAsync(missing).ConfigureAwait(false);
                missing = [.. missing.Where(key => !found.ContainsKey(key))];
            }

            if (missing.Length > 0)
            {
                await StoreAsync(missing, await MakeAsync(missing, factory, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var part in _parts.Values.Where(static part => part.Lease is not null))
            {
                await part.Lease!.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes the leases that are free, all at once; what another has created meanwhile is found, and what another refreshes is stale.</summary>
    private async ValueTask LeaseAsync(string[] keys)
    {
        var pending = Array.ConvertAll(keys, key => LeaseAsync(key).AsTask());
        Task all = Task.WhenAll(pending);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Those that were taken must be let go of, also when another attempt failed.
        for (var i = 0; i < keys.Length; i++)
        {
            if (pending[i].IsCompletedSuccessfully)
            {
                Take(keys[i], await pending[i].ConfigureAwait(false));
            }
        }

        await all.ConfigureAwait(false);
    }

    private async ValueTask<Part> LeaseAsync(string key)
    {
        var address = operation.Scope.Entry(key);
        var ticket = services.Flights.Ticket(address);
        var entry = await services.Fresh.ReadOrLeaseAsync<T>(address, plan.Read, plan.Policy.LeaseTime).ConfigureAwait(false);
        var lease = entry.Outcome == ReadOutcome.Stale
            ? await services.Fresh.LeaseAsync(address, entry.Version, plan.Policy.LeaseTime).ConfigureAwait(false)
            : entry.Lease;
        return new Part(entry, lease, ticket);
    }

    private void Take(string key, Part part)
    {
        if (part.Entry.Outcome == ReadOutcome.Hit || (part.Entry.Outcome == ReadOutcome.Stale && part.Lease is null && services.Fresh.CanLease))
        {
            found[key] = part.Entry.Value;
        }
        else
        {
            _parts.Add(key, part);
        }
    }

    private async ValueTask<IReadOnlyDictionary<string, T>> MakeAsync(
        string[] missing, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyDictionary<string, T>>> factory, CancellationToken cancellationToken)
    {
        using var watch = services.WatchesFactories ? services.WatchFactory(operation.Scope.Level, isRefresh: Array.TrueForAll(missing, IsStale)) : null;
        try
        {
            return await factory(missing, cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException("The factory returned null instead of values.");
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && Array.TrueForAll(missing, IsStale))
        {
            watch?.Error = error;
            CacheLog.StaleAnswered(services.Logger, error.GetType().Name, error.StackTrace);
            foreach (var key in missing)
            {
                found[key] = _parts[key].Entry.Value;
            }

            return new Dictionary<string, T>(StringComparer.Ordinal);
        }
        catch (Exception error)
        {
            watch?.Error = error;
            throw;
        }
    }

    private bool IsStale(string key) => _parts.TryGetValue(key, out var part) && part.Entry.Found;

    private async ValueTask StoreAsync(string[] missing, IReadOnlyDictionary<string, T> made)
    {
        List<Task> pending = [];
        foreach (var key in missing)
        {
            if (!made.TryGetValue(key, out var value))
            {
                continue;
            }

            found[key] = value;
            if (_parts.TryGetValue(key, out var part) && part.Entry.Generations is { } generations)
            {
                Begin(operation.Scope.Entry(key), value, part, generations);
            }
        }

        await Task.WhenAll(pending).ConfigureAwait(false);

        void Begin(EntryAddress address, T value, Part part, EntryGenerations generations)
        {
            if (part.Lease is { } lease)
            {
                pending.Add(lease.StoreAsync(value, plan.Of(value), generations).AsTask());
            }
            else if (!services.Fresh.CanLease)
            {
                // Where there are no leases, at least nothing that this process has changed meanwhile is overwritten.
                services.Flights.Publish(
                    address, part.Ticket, () => pending.Add(services.Fresh.WriteAsync(address, value, plan.Of(value), generations, CancellationToken.None).AsTask()));
            }
        }
    }

    private readonly record struct Part(FreshEntry<T> Entry, EntryLease? Lease, long Ticket);
}
