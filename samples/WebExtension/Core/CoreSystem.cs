using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace WebExtension.Core;

/// <summary>
/// The bank's core system, as far as this sample goes: right, and slow. Every call takes 200 ms and is counted. Any customer name gives
/// a customer with three accounts, always the same ones.
/// </summary>
public sealed class CoreSystem(TransferLedger ledger, TimeProvider time)
{
    public static readonly TimeSpan CallTime = TimeSpan.FromMilliseconds(200);

    private const int StatementLines = 128;
    private static readonly string[] s_reasons = ["Card payment", "Transfer received", "Standing order", "Direct debit", "Cash withdrawal"];

    private readonly Lock _transferring = new();
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal)
    {
        ["accounts"] = 0,
        ["account"] = 0,
        ["transfer"] = 0,
        ["preferences"] = 0,
        ["rates"] = 0,
        ["statement"] = 0,
    };

    /// <summary>How often each operation was really asked for, by this process.</summary>
    public IReadOnlyDictionary<string, int> Calls => new SortedDictionary<string, int>(_calls, StringComparer.Ordinal);

    public async Task<IReadOnlyList<Account>> ListAccountsAsync(string customer, CancellationToken cancellationToken)
    {
        await CallAsync("accounts", cancellationToken);
        return AccountsOf(customer);
    }

    /// <summary>The account; null when this customer has none of that id.</summary>
    public async Task<Account?> FindAccountAsync(string customer, string id, CancellationToken cancellationToken)
    {
        await CallAsync("account", cancellationToken);
        return Find(customer, id);
    }

    public async Task<TransferOutcome> TransferAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        await CallAsync("transfer", cancellationToken);
        lock (_transferring)
        {
            if (Find(transfer.Customer, transfer.From) is not { } from || Find(transfer.Customer, transfer.To) is null)
            {
                return TransferOutcome.UnknownAccount;
            }

            if (from.Balance < transfer.Amount)
            {
                return TransferOutcome.NotEnoughMoney;
            }

            ledger.Append(transfer);
            return TransferOutcome.Done;
        }
    }

    /// <summary>What a session starts with.</summary>
    public async Task<Preferences> LoadPreferencesAsync(CancellationToken cancellationToken)
    {
        await CallAsync("preferences", cancellationToken);
        return new Preferences(Language: "en", StartPage: "accounts");
    }

    public async Task<RateSheet> LoadRatesAsync(CancellationToken cancellationToken)
    {
        await CallAsync("rates", cancellationToken);
        return new RateSheet(time.GetUtcNow(), [new("USD", 0.92m), new("GBP", 1.17m), new("CHF", 1.06m), new("JPY", 0.0061m)]);
    }

    public async Task<Statement> LoadStatementAsync(string customer, CancellationToken cancellationToken)
    {
        await CallAsync("statement", cancellationToken);
        var balance = AccountsOf(customer)[0].Balance;
        var lines = new List<StatementLine>();
        for (var number = 1; number <= StatementLines; number++)
        {
            var reason = s_reasons[number % s_reasons.Length];
            var sum = 10 + (number * 7919 % 10_000 / 100m);
            var amount = string.Equals(reason, "Transfer received", StringComparison.Ordinal) ? 4 * sum : -sum;
            lines.Add(new StatementLine(number, reason, amount, balance));
            balance -= amount;
        }

        return new Statement(customer, time.GetUtcNow(), lines);
    }

    private Task CallAsync(string operation, CancellationToken cancellationToken)
    {
        _calls.AddOrUpdate(operation, 1, static (_, count) => count + 1);
        return Task.Delay(CallTime, time, cancellationToken);
    }

    private Account? Find(string customer, string id) =>
        AccountsOf(customer).Find(account => string.Equals(account.Id, id, StringComparison.Ordinal));

    // Numbers and balances follow from the name, so that every instance of the sample makes up the same bank.
    private List<Account> AccountsOf(string customer)
    {
        var seed = SHA256.HashData(Encoding.UTF8.GetBytes(customer));
        var number = 100_000 + (BinaryPrimitives.ReadUInt32LittleEndian(seed) % 900_000);
        var accounts = new List<Account>();
        foreach (var name in (string[])["Current", "Savings", "Payroll"])
        {
            var opening = 1_000 + (BinaryPrimitives.ReadUInt16LittleEndian(seed.AsSpan(4 + (accounts.Count * 2))) / 4m);
            accounts.Add(new Account($"{number}-{accounts.Count + 1}", name, customer, opening));
        }

        foreach (var transfer in ledger.Of(customer))
        {
            Move(accounts, transfer.From, -transfer.Amount);
            Move(accounts, transfer.To, transfer.Amount);
        }

        return accounts;
    }

    private static void Move(List<Account> accounts, string id, decimal amount)
    {
        var at = accounts.FindIndex(account => string.Equals(account.Id, id, StringComparison.Ordinal));
        accounts[at] = accounts[at] with { Balance = accounts[at].Balance + amount };
    }
}
