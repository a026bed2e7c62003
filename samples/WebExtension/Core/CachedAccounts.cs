using ScopedCaching;
using ScopedCaching.Memcached;

namespace WebExtension.Core;

/// <summary>Which account of which customer.</summary>
public sealed record AccountQuery(string Customer, string Id);

/// <summary>
/// The core system's accounts, cached at the stack level: that keeps the customers apart, so the customer need not be a part of any key.
/// </summary>
[CacheDefaults(Seconds = 600)]
public sealed partial class CachedAccounts(IScopedCache caches, CoreSystem core)
{
    [Cached(VaryOn = [])]
    public partial Task<IReadOnlyList<Account>> ListAsync(string customer, CancellationToken cancellationToken);

    // A null is cached too: who asks again for an account that is not there does not ask the core system again.
    [Cached(VaryOn = ["query.Id"], SkipWhen = "fresh")]
    public partial Task<Account?> FindAsync(AccountQuery query, bool fresh, CancellationToken cancellationToken);

    /// <summary>Forgets what a transfer made stale. How many removals did not reach the cache.</summary>
    public async Task<int> ForgetAsync(Transfer transfer)
    {
        // The money has moved, so this goes on even if the user has stopped waiting.
        RemoveOutcome[] removals =
        [
            await ListCache.ClearAsync(CancellationToken.None),
            await FindCache.ClearAsync(new AccountQuery(transfer.Customer, transfer.From), CancellationToken.None),
            await FindCache.ClearAsync(new AccountQuery(transfer.Customer, transfer.To), CancellationToken.None),
        ];
        return removals.Count(static removal => removal == RemoveOutcome.Undelivered);
    }

    private Task<IReadOnlyList<Account>> ListUncachedAsync(string customer, CancellationToken cancellationToken) => core.ListAccountsAsync(customer, cancellationToken);

    private Task<Account?> FindUncachedAsync(AccountQuery query, CancellationToken cancellationToken) => core.FindAccountAsync(query.Customer, query.Id, cancellationToken);
}
