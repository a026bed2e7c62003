using Generator.Tests.Doubles;
using ScopedCaching;

namespace Generator.Tests;

/// <summary>A program as users write them: ten cached functions in three classes and an interface, compiled without a warning, called, cleared.</summary>
public sealed class TenFunctionsTests
{
    private const string Program =
        """
        using Microsoft.Extensions.DependencyInjection;

        namespace Bank
        {
            public sealed record Customer(string Id, string? Region, IReadOnlyList<string> Groups);
            public sealed record Account(string Id, decimal Balance);
            public enum Currency { Euro, Dollar }

            public sealed class Core
            {
                private readonly List<string> _asked = [];
                public string Asked => string.Join(' ', _asked);
                public T Ask<T>(string what, T answer) { _asked.Add(what); return answer; }
            }

            [CacheDefaults(Seconds = 300, KeyPrefix = "accounts/")]
            public sealed partial class Accounts(IScopedCache caches, Core core)
            {
                [Cached(VaryOn = ["customer.Id"])]
                public partial Task<IReadOnlyList<Account>> ListAsync(Customer customer, CancellationToken ct = default);

                [Cached(Seconds = 60, VaryOn = ["customer.Id", "id"], SkipWhen = "fresh")]
                public partial Task<Account?> FindAsync(Customer customer, string id, bool fresh = false, CancellationToken ct = default);

                [Cached(Key = "count:{customer.Region}")]
                public partial ValueTask<int> CountAsync(Customer customer);

                [Cached(VaryOn = [nameof(GroupsOf)])]
                public partial string[] RightsOf(Customer customer);

                private Task<IReadOnlyList<Account>> ListUncachedAsync(Customer customer, CancellationToken ct) =>
                    Task.FromResult(core.Ask<IReadOnlyList<Account>>("list", [new("1", 10), new("2", 20)]));

                private async Task<Account?> FindUncachedAsync(Customer customer, string id, CancellationToken ct)
                {
                    core.Ask("find", 0);
                    return (await ListAsync(customer, ct)).FirstOrDefault(account => account.Id == id);
                }

                private async ValueTask<int> CountUncachedAsync(Customer customer) { await Task.Yield(); return core.Ask("count", 2); }

                private string[] RightsOfUncached(Customer customer) => core.Ask("rights", customer.Groups.Order().ToArray());

                private static IReadOnlySet<string> GroupsOf(Customer customer) => customer.Groups.ToHashSet();
            }

            [CacheDefaults(Level = StorageLevel.Service)]
            public sealed partial class Rates(IScopedCache caches, Core core)
            {
                [Cached(Seconds = 10)] public partial decimal RateOf(Currency currency, DateOnly day);
                [Cached] public partial Task<Dictionary<string, decimal>> AllAsync();
                [Cached(Level = StorageLevel.Stack)] public partial Task<T> ConvertAsync<T>(T amount, Currency to) where T : struct;

                private decimal RateOfUncached(Currency currency, DateOnly day) => core.Ask("rate", currency == Currency.Euro ? 1 : 1.1m);
                private Task<Dictionary<string, decimal>> AllUncachedAsync() => Task.FromResult(core.Ask("all", new Dictionary<string, decimal> { ["Euro"] = 1 }));
                private Task<T> ConvertUncachedAsync<T>(T amount, Currency to) where T : struct => Task.FromResult(core.Ask("convert", amount));
            }

            public static partial class Numbers
            {
                [Cached(Seconds = 60)] public static partial ValueTask<long> FibonacciAsync(IScopedCache caches, int n);
                private static async ValueTask<long> FibonacciUncachedAsync(IScopedCache caches, int n) =>
                    n < 2 ? n : await FibonacciAsync(caches, n - 1) + await FibonacciAsync(caches, n - 2);
            }

            public interface IDirectory
            {
                [Cached(VaryOn = ["customer.Id"])] Task<string> NameOfAsync(Customer customer, CancellationToken ct = default);
                [Cached(Seconds = 5)] string Greeting(string language);
            }

            public sealed class Directory(Core core) : IDirectory
            {
                public Task<string> NameOfAsync(Customer customer, CancellationToken ct) => Task.FromResult(core.Ask("name", customer.Id.ToUpperInvariant()));
                public string Greeting(string language) => core.Ask("greeting", "hello");
            }
        }

        public static class Program
        {
            public static async Task<string> Run(IScopedCache caches)
            {
                using var services = new ServiceCollection().AddSingleton(caches).AddSingleton<Bank.Core>()
                    .AddScoped<Bank.Accounts>().AddScoped<Bank.Rates>().AddCached<Bank.IDirectory, Bank.Directory>().BuildServiceProvider();
                using var scope = services.CreateScope();
                var (accounts, rates) = (scope.ServiceProvider.GetRequiredService<Bank.Accounts>(), scope.ServiceProvider.GetRequiredService<Bank.Rates>());
                var directory = scope.ServiceProvider.GetRequiredService<Bank.IDirectory>();
                var directoryCache = scope.ServiceProvider.GetRequiredService<Bank.IDirectoryCache>();
                var ana = new Bank.Customer("ana", "north", ["b", "a"]);
                var same = ana with { Region = "north", Groups = ["a", "b"] };
                for (var i = 0; i < 2; i++)
                {
                    await accounts.FindAsync(ana, "1");
                    await accounts.FindAsync(same, "9");
                    await accounts.CountAsync(i == 0 ? ana : same);
                    accounts.RightsOf(i == 0 ? ana : same);
                    rates.RateOf(Bank.Currency.Dollar, new DateOnly(2030, 1, 1));
                    await rates.AllAsync();
                    await rates.ConvertAsync(1, Bank.Currency.Euro);
                    await rates.ConvertAsync(1L, Bank.Currency.Euro);
                    await directory.NameOfAsync(ana);
                    directory.Greeting("en");
                }

                await accounts.FindAsync(ana, "1", fresh: true);
                await directoryCache.NameOfCache.ClearAsync(ana);
                await directory.NameOfAsync(ana);
                return services.GetRequiredService<Bank.Core>().Asked + " " + await Bank.Numbers.FibonacciAsync(caches, 50);
            }
        }
        """;

    [Fact]
    public async Task A_program_with_ten_cached_functions_asks_for_everything_once()
    {
        await using var caches = ScopedCacheTesting.Create();
        var compiled = await Compiled.CleanAsync(Program);

        Assert.Equal("find list find count rights rate all convert convert name greeting find name 12586269025", await compiled.RunAsync(caches));
    }
}
