using System.Globalization;
using Microsoft.AspNetCore.Http;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>What the inspector answers without changing anything. Customers and sessions are short hashes, and keys of others are not told, but to those who manage them.</summary>
internal sealed class InspectorQueries(
    Observation observation, CacheServices services, Func<CancellationToken, ValueTask<IReadOnlyList<ServerAnswer>>> servers, PageToken token, InspectorAccess access, long localCapacity)
{
    private const int MostKeys = 1000;
    private const int LongestSearch = 256;
    private const int HashLength = 8;

    private static readonly string[] s_figures = Enum.GetNames<Figure>();
    private static readonly string[] s_levels = Enum.GetNames<StorageLevel>();

    public StateAnswer State(HttpContext context, InspectorCaller caller) => new(
        token.Make(context),
        caller.Stack is { } stack ? Hash(stack) : null,
        caller.Session is { } session ? Hash(session) : null,
        caller.Manages,
        access.ReadsValues,
        access.WritesValues,
        observation.Keys is not null,
        observation.Keys?.Capacity ?? 0,
        Environment.MachineName,
        Environment.ProcessId);

    /// <summary>The latest keys. A search looks at keys and views that the caller may see, and at hashes.</summary>
    public KeysAnswer Keys(HttpContext context, InspectorCaller caller)
    {
        var query = context.Request.Query;
        var (search, level, reveal) = (query["search"].ToString(), query["level"].ToString(), caller.Manages && query["reveal"] == "true");
        var most = int.TryParse(query["take"], NumberStyles.None, CultureInfo.InvariantCulture, out var take) ? Math.Clamp(take, 1, MostKeys) : 100;
        if (observation.Keys is not { } keys || search.Length > LongestSearch)
        {
            return new KeysAnswer(0, []);
        }

        var answers = from row in keys.Latest()
                      where level.Length == 0 || row.Address.Scope.Level.Equals(level, StringComparison.OrdinalIgnoreCase)
                      let answer = Answer(row, caller, reveal)
                      where search.Length == 0 || Matches(answer, search)
                      select answer;
        return new KeysAnswer(keys.Count, [.. answers.Take(most)]);
    }

    public StatisticsAnswer Statistics(HttpContext context, InspectorCaller caller)
    {
        var after = long.TryParse(context.Request.Query["after"], NumberStyles.None, CultureInfo.InvariantCulture, out var second) ? second : 0;
        var reveal = caller.Manages && context.Request.Query["reveal"] == "true";
        var statistics = observation.Statistics;
        var customers = from customer in statistics?.Customers() ?? []
                        let reads = customer.Hits + customer.Misses
                        select new CustomerAnswer(
                            customer.Scope is { } scope ? Hash(scope.Level is "stack" ? scope : CustomerScope(scope)) : null,
                            reveal ? customer.Scope?.Isolation : null,
                            customer.Scope is not null && string.Equals(customer.Scope.Isolation, caller.Stack?.Isolation, StringComparison.Ordinal),
                            customer.Hits,
                            customer.Misses,
                            reads == 0 ? 0 : customer.Elapsed.TotalMicroseconds / reads);
        return new StatisticsAnswer(
            s_figures, s_levels, statistics?.After(after) ?? [], [.. customers], new LocalAnswer(services.Local.Count, services.Local.Bytes, localCapacity));
    }

    public ValueTask<IReadOnlyList<ServerAnswer>> ServersAsync(CancellationToken cancellationToken) => servers(cancellationToken);

    /// <summary>An entry of the list by its id.</summary>
    public EntryAddress? Find(string id) =>
        observation.Keys?.Latest().Select(static row => row.Address).Cast<EntryAddress?>().FirstOrDefault(address => string.Equals(services.Store.Fingerprint(address!.Value), id, StringComparison.Ordinal));

    /// <summary>Whether an entry was stored without encryption, as far as is known.</summary>
    public bool IsPlain(EntryAddress address) => observation.Keys?.Known(address)?.ToRow().IsEncrypted == false;

    private KeyAnswer Answer(RecentKeyRow row, InspectorCaller caller, bool reveal)
    {
        var scope = row.Address.Scope;
        var (own, shared) = (caller.Owns(scope), scope.Isolation.Length == 0);
        var mayRead = own || shared || caller.Manages;
        return new KeyAnswer(
            services.Store.Fingerprint(row.Address),
            scope.Level,
            shared ? "" : Hash(scope),
            reveal && !shared ? scope.Isolation : null,
            own,
            mayRead ? scope.View : null,
            mayRead ? row.Address.Key : null,
            row.Hits,
            row.UsedAt,
            row.Size,
            row.IsEncrypted,
            row.Deadline);
    }

    private static bool Matches(KeyAnswer answer, string search) =>
        (answer.Key?.Contains(search, StringComparison.OrdinalIgnoreCase) ?? false)
        || (answer.View?.Contains(search, StringComparison.OrdinalIgnoreCase) ?? false)
        || (answer.Customer?.Contains(search, StringComparison.OrdinalIgnoreCase) ?? false)
        || answer.Id.StartsWith(search, StringComparison.OrdinalIgnoreCase)
        || answer.Scope.StartsWith(search, StringComparison.OrdinalIgnoreCase);

    /// <summary>The stack scope of a customer whose sessions' reads came first.</summary>
    private static EntryScope CustomerScope(EntryScope scope) => new(scope.Prefix, "stack", scope.Isolation, scope.Isolation);

    // Hashed as wire keys are: under Cache:KeySecret, where there is one, it cannot be found out by trying names.
    private string Hash(EntryScope scope) => services.Store.Fingerprint((scope.View.Length == 0 ? scope : scope.WithView("")).Entry(""))[..HashLength];
}
