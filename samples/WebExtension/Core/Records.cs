namespace WebExtension.Core;

/// <summary>An account of one customer.</summary>
public sealed record Account(string Id, string Name, string Owner, decimal Balance);

/// <summary>How a user wants the pages of this session.</summary>
public sealed record Preferences(string Language, string StartPage);

/// <summary>What a currency is worth in euros; the same for all customers.</summary>
public sealed record Rate(string Currency, decimal Euros);

/// <summary>The rates, and when the core system made them.</summary>
public sealed record RateSheet(DateTimeOffset MadeAt, IReadOnlyList<Rate> Rates);

/// <summary>What moved in a customer's current account lately, and when the core system wrote it down.</summary>
public sealed record Statement(string Owner, DateTimeOffset MadeAt, IReadOnlyList<StatementLine> Lines);

/// <summary>One movement, and what the account held after it.</summary>
public sealed record StatementLine(int Number, string Text, decimal Amount, decimal Balance);

/// <summary>Money on its way between two accounts of a customer.</summary>
public sealed record Transfer(string Customer, string From, string To, decimal Amount);

/// <summary>What became of a transfer.</summary>
public enum TransferOutcome
{
    Done,
    UnknownAccount,
    NotEnoughMoney,
}
