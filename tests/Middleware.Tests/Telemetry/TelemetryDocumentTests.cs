using System.Text.Json;
using System.Text.RegularExpressions;
using ScopedCaching;
using ScopedCaching.Memcached;
using ScopedCaching.Telemetry;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Middleware.Tests.Telemetry;

/// <summary>docs/telemetry.md, the dashboard and the alerts tell of what the code has, of all of it, and of nothing else.</summary>
public sealed partial class TelemetryDocumentTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(CodeTelemetry.Root, "docs/telemetry.md"));
    private static readonly string[][] s_rows =
        [.. s_document.Split('\n').Where(static line => line.StartsWith('|')).Select(static line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    [Fact]
    public void Every_instrument_has_its_row_and_every_row_its_instrument()
    {
        var told = s_rows.Where(static row => row.Length == 6 && row[0].StartsWith('`')).Select(static row => (row[0].Trim('`'), row[1], row[2].Trim('`')));

        Assert.Equal(CodeTelemetry.Instruments().Order(), told.Order());
    }

    [Fact]
    public void No_instrument_is_made_but_those_that_every_application_makes() =>
        Assert.Equal(CodeTelemetry.Instruments().Select(static instrument => instrument.Name).Order(StringComparer.Ordinal), CodeTelemetry.WrittenNames(), StringComparer.Ordinal);

    [Fact]
    public void Every_tag_of_a_row_is_one_of_the_codes_and_every_one_of_those_is_told()
    {
        var told = s_rows.Where(static row => row.Length is 5 or 6 && row[0].StartsWith('`')).SelectMany(static row => Word().Matches(row[3])).Select(static match => match.Groups["word"].Value)
            .Where(static word => word.Contains('.', StringComparison.Ordinal));

        Assert.Equal(CodeTelemetry.Tags().Order(StringComparer.Ordinal), told.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public void Every_value_of_a_tag_is_told()
    {
        AllIn("db.client.operation.duration", CodeTelemetry.RequestNames());
        AllIn("scopedcaching.reads", TagValues<ReadOutcome>.All);
        AllIn("scopedcaching.operations", [.. TagValues<CacheOperationKind>.All, .. TagValues<CacheOperationOutcome>.All, .. TagValues<CacheTier>.All]);
        AllIn("scopedcaching.lease.wait.duration", TagValues<LeaseWaitOutcome>.All);
        AllIn("scopedcaching.output.requests", TagValues<PageOutcome>.All);
        AllIn("scopedcaching.output.not_stored", TagValues<NotStored>.All);
        AllIn("get_or_create stack", TagValues<WaitedFor>.All);
        Assert.All(TagValues<StorageLevel>.All, static level => Assert.Contains($"`{level}`", s_document, StringComparison.Ordinal));

        static void AllIn(string name, IEnumerable<string> values)
        {
            var row = string.Join('|', s_rows.Single(row => string.Equals(row[0], $"`{name}`", StringComparison.Ordinal)));
            Assert.All(values, value => Assert.Contains($"`{value}`", row, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_log_message_has_its_row_and_every_row_its_message()
    {
        var told = s_rows.Where(static row => row.Length == 4 && int.TryParse(row[0], out _)).Select(static row => (int.Parse(row[0]), row[1])).ToArray();

        Assert.Equal(CodeTelemetry.LogMessages().Order(), told.Order());
        Assert.Distinct(told.Select(static row => row.Item1));
    }

    [Fact]
    public void The_dashboard_asks_for_what_there_is_and_shows_all_of_it()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(CodeTelemetry.Root, "docs/dashboards/grafana.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToArray();
        var queries = panels.SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()).Select(static target => target.GetProperty("expr").GetString()!).ToArray();

        Assert.Distinct(panels.Select(static panel => panel.GetProperty("id").GetInt32()));
        AssertKnown(queries);
        Assert.All(CodeTelemetry.Instruments(), instrument => Assert.Contains(
            CodeTelemetry.InPrometheus(instrument), name => queries.Any(query => Metric().Matches(query).Any(match => string.Equals(match.Value, name, StringComparison.Ordinal)))));
    }

    [Fact]
    public void The_alerts_ask_for_what_there_is_and_say_what_to_do()
    {
        var file = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build().Deserialize<AlertFile>(File.ReadAllText(Path.Combine(CodeTelemetry.Root, "docs/dashboards/alerts.yaml")));
        var rules = file.Groups.SelectMany(static group => group.Rules).ToArray();

        Assert.Distinct(rules.Select(static rule => rule.Alert), StringComparer.Ordinal);
        Assert.All(rules, static rule =>
        {
            Assert.Contains(rule.Labels["severity"], (string[])["critical", "warning"], StringComparer.Ordinal);
            Assert.NotEmpty(rule.Annotations["summary"]);
            Assert.NotEmpty(rule.Annotations["description"]);
        });
        AssertKnown(rules.Select(static rule => rule.Expr));
        var ids = CodeTelemetry.LogMessages().Select(static message => message.Id).ToHashSet();
        Assert.All(rules.SelectMany(static rule => LogId().Matches(rule.Annotations["description"])), match => Assert.Contains(int.Parse(match.Value), ids));
    }

    /// <summary>Every word of ours in a query is the name of a series, or of a label.</summary>
    private static void AssertKnown(IEnumerable<string> queries)
    {
        var known = CodeTelemetry.Instruments().SelectMany(CodeTelemetry.InPrometheus).Concat(CodeTelemetry.Tags().Select(static tag => tag.Replace('.', '_'))).ToHashSet(StringComparer.Ordinal);
        Assert.All(queries, query =>
        {
            Assert.NotEmpty(Metric().Matches(query));
            Assert.All(Metric().Matches(query), match => Assert.Contains(match.Value, known));
        });
    }

    [GeneratedRegex("`(?<word>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(db|scopedcaching|server|error)_[a-z_]+\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"\b[12]\d{3}\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LogId();

    private sealed class AlertFile
    {
        public List<AlertGroup> Groups { get; set; } = [];
    }

    private sealed class AlertGroup
    {
        public string Name { get; set; } = "";

        public List<AlertRule> Rules { get; set; } = [];
    }

    private sealed class AlertRule
    {
        public string Alert { get; set; } = "";

        public string Expr { get; set; } = "";

        public string For { get; set; } = "";

        public Dictionary<string, string> Labels { get; set; } = [];

        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}
