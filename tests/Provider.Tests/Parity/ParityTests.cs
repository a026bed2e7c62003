using Provider.Tests.Architecture;

namespace Provider.Tests.Parity;

/// <summary>docs/parity.md names every behaviour that is required, and for each a test that exists or why there is none.</summary>
public sealed class ParityTests
{
    private static readonly (string Prefix, int Last)[] Required = [("Q2", 35), ("QC", 36), ("CE", 13), ("PM", 36), ("PL", 9)];

    private static readonly Lazy<IReadOnlyList<ParityRow>> Table = new(() =>
        ParityTable.Parse(File.ReadLines(Path.Combine(House.RepositoryFolder, "docs", "parity.md"))));

    private static IEnumerable<string> RequiredIds =>
        from range in Required
        from number in Enumerable.Range(1, range.Last)
        select $"{range.Prefix}-{number}";

    [Fact]
    public void Every_required_id_has_exactly_one_row() => Finding.None(WrongIds(Table.Value));

    [Fact]
    public void Every_named_test_exists() => Finding.None(MissingTests(Table.Value, TestsOfTheRepository()));

    [Fact]
    public void What_has_no_test_has_a_reason() => Finding.None(Unexplained(Table.Value));

    [Fact]
    public void Every_row_says_what_it_is_and_by_which_API() =>
        Finding.None(Table.Value.Where(row => row.What.Length == 0 || row.Api.Length == 0).Select(row => row.Id));

    [Fact]
    public void No_row_waits_for_its_test() =>
        Finding.None(Table.Value.Where(row => row.IsPending).Select(row => $"{row.Id} is pending: {row.What}"));

    [Fact]
    public void A_missing_a_doubled_and_an_unknown_id_are_found()
    {
        var rows = RequiredIds.Where(id => id != "PL-9").Append("CE-1").Append("XX-1").Select(id => Row("X.Y", id)).ToList();

        Assert.Equal(["CE-1 has 2 rows", "PL-9 has no row", "XX-1 is not required"], WrongIds(rows).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_test_that_does_not_exist_is_found()
    {
        string[] tests = ["A.Works", "A.Fails"];

        Assert.Equal(["Q2-1: A.Flies"], MissingTests([Row("`A.Works`, A.Flies; later: the rest")], tests));
        Assert.Empty(MissingTests([Row("A.Works, A.Fails"), Row("pending"), Row("refused: an indexer, say, cannot await")], tests));
    }

    [Theory]
    [InlineData("")]
    [InlineData("later:")]
    [InlineData("refused: ")]
    [InlineData("A.Works; later:")]
    public void A_row_without_test_or_reason_is_found(string proof) => Assert.Single(Unexplained([Row(proof)]));

    [Fact]
    public void Only_methods_that_run_as_tests_count()
    {
        const string source = """
            class A
            {
                [Fact] public void Runs() { }
                [Theory, InlineData(1)] public void Runs_too(int i) { }
                [Fact(Skip = "broken")] public void Is_skipped() { }
                public void Helps() { }
            }
            """;

        Assert.Equal(["A.Runs", "A.Runs_too"], TestMethods.In(source));
    }

    private static IEnumerable<string> WrongIds(IReadOnlyList<ParityRow> rows)
    {
        var required = RequiredIds.ToHashSet(StringComparer.Ordinal);
        return required.Except(rows.Select(row => row.Id)).Select(id => $"{id} has no row")
            .Concat(rows.Select(row => row.Id).Where(id => !required.Contains(id)).Select(id => $"{id} is not required"))
            .Concat(rows.GroupBy(row => row.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key} has {same.Count()} rows"));
    }

    private static IEnumerable<string> MissingTests(IEnumerable<ParityRow> rows, IEnumerable<string> tests)
    {
        var known = tests.ToHashSet(StringComparer.Ordinal);
        return rows.SelectMany(row => row.Tests.Where(test => test.Length > 0 && !known.Contains(test)).Select(test => $"{row.Id}: {test}"));
    }

    private static IEnumerable<string> Unexplained(IEnumerable<ParityRow> rows) =>
        rows.Where(row => row.HasEmptyExcuse).Select(row => $"{row.Id} has neither test nor reason");

    private static IEnumerable<string> TestsOfTheRepository()
    {
        var folder = Path.Combine(House.RepositoryFolder, "tests");
        return House.SourceFilesBelow(folder).SelectMany(file => TestMethods.In(File.ReadAllText(Path.Combine(folder, file))));
    }

    private static ParityRow Row(string proof, string id = "Q2-1") => new(id, "what", "API", proof);
}
