using System.Text.Json.Serialization;
using ScopedCaching;

namespace TrimmedApp;

public sealed record Account(string Id, decimal Balance, IReadOnlyList<Posting> Postings);

public sealed record Posting(DateOnly Day, decimal Amount);

/// <summary>How the cached types become JSON: reflection is switched off, and would not survive the trimming.</summary>
[JsonSerializable(typeof(Account))]
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
internal sealed partial class AccountJson : JsonSerializerContext;

/// <summary>What is cached, and how often it was really asked for.</summary>
public sealed partial class Accounts(IScopedCache caches)
{
    private static int s_loads;

    public static int Loads => s_loads;

    public static Task<Account> LoadAsync(string id)
    {
        Interlocked.Increment(ref s_loads);
        return Task.FromResult(new Account(id, 12.5m, [new Posting(new DateOnly(2026, 5, 1), 12.5m)]));
    }

    [Cached(Seconds = 600)]
    public partial Task<Account> FindAsync(string id, CancellationToken ct = default);

    private static Task<Account> FindUncachedAsync(string id) => LoadAsync(id);
}
