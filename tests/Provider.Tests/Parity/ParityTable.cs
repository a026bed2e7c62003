namespace Provider.Tests.Parity;

/// <summary>One row of docs/parity.md.</summary>
internal sealed record ParityRow(string Id, string What, string Api, string Proof)
{
    private const string Later = "later:";
    private const string Refused = "refused:";
    private const string Pending = "pending";

    // "Class.Method, Class.Method; later: the rest in words" is several parts.
    private IEnumerable<string> Parts => Proof.Split(';', StringSplitOptions.TrimEntries);

    internal bool IsPending => Parts.Contains(Pending);

    internal IEnumerable<string> Tests =>
        Parts.Where(part => part != Pending && !IsExcuse(part))
            .SelectMany(part => part.Split(',', StringSplitOptions.TrimEntries))
            .Select(test => test.Trim('`'));

    internal bool HasEmptyExcuse =>
        Parts.Any(part => part.Length == 0 || (IsExcuse(part) && part.EndsWith(':')));

    private static bool IsExcuse(string part) =>
        part.StartsWith(Later, StringComparison.Ordinal) || part.StartsWith(Refused, StringComparison.Ordinal);
}

/// <summary>Reads the tables of docs/parity.md: every line of four cells whose first cell looks like an id.</summary>
internal static class ParityTable
{
    internal static IReadOnlyList<ParityRow> Parse(IEnumerable<string> lines) =>
    [
        .. from line in lines
           where line.StartsWith('|')
           let cells = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries)
           where cells is [[.., >= '0' and <= '9'], ..]
           select cells is [var id, var what, var api, var proof]
               ? new ParityRow(id, what, api, proof)
               : throw new FormatException($"A row has {cells.Length} cells instead of four: {line}"),
    ];
}
