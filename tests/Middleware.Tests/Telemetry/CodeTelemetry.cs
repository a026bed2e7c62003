using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Output;

namespace Middleware.Tests.Telemetry;

/// <summary>What telemetry the code has, found by using it and by reading it.</summary>
internal static partial class CodeTelemetry
{
    public static string Root { get; } = FindRoot();

    /// <summary>Name, kind and unit of every instrument that an application makes.</summary>
    public static (string Name, string Kind, string Unit)[] Instruments()
    {
        using var server = new EmbeddedMemcached();
        using var process = new ServiceCollection().AddMemcachedScopedCache().UseEmbeddedMemcached(server).BuildServiceProvider();
        _ = process.GetRequiredService<CacheServices>();
        _ = process.GetRequiredService<PageServices>();
        var (meters, found) = (process.GetRequiredService<IMeterFactory>(), new ConcurrentDictionary<string, Instrument>(StringComparer.Ordinal));
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Meter.Name is MemcachedTelemetry.MeterName or ScopedCacheTelemetry.MeterName)
                {
                    found[instrument.Name] = instrument;
                }
            },
        };
        listener.Start();
        return [.. found.Values.Select(static instrument => (instrument.Name, KindOf(instrument), instrument.Unit ?? ""))];
    }

    /// <summary>The names of instruments that stand in the sources.</summary>
    public static string[] WrittenNames() => [.. Matches(InstrumentName(), "*.cs").Order(StringComparer.Ordinal)];

    /// <summary>Id and level of every log message.</summary>
    public static (int Id, string Level)[] LogMessages() =>
        [.. Sources("*.cs").SelectMany(static text => LogMessage().Matches(text)).Select(static match => (int.Parse(match.Groups["id"].Value), match.Groups["level"].Value))];

    /// <summary>Names of tags, as the sources have them.</summary>
    public static string[] Tags() => [.. Matches(TagName(), "Tags.cs")];

    /// <summary>What requests to memcached are called.</summary>
    public static string[] RequestNames() =>
        [.. RequestName().Matches(Assert.Single(Sources("RequestName.cs"))).Select(static match => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value))];

    /// <summary>What Prometheus calls an instrument's series after OTLP.</summary>
    public static string[] InPrometheus((string Name, string Kind, string Unit) instrument)
    {
        var name = instrument.Name.Replace('.', '_') + instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return instrument.Kind switch
        {
            "counter" => [name + "_total"],
            "histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> => "counter",
        Histogram<double> => "histogram",
        ObservableUpDownCounter<int> or ObservableUpDownCounter<long> => "updowncounter",
        _ => instrument.GetType().Name,
    };

    private static IEnumerable<string> Matches(Regex regex, string files) =>
        Sources(files).SelectMany(text => regex.Matches(text)).Select(static match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Sources(string files) => Directory.EnumerateFiles(Path.Combine(Root, "src"), files, SearchOption.AllDirectories)
        .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
        .Select(File.ReadAllText);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Provider.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("""\.Create(Observable)?(Counter|Histogram|UpDownCounter|Gauge)(<\w+>)?\(\s*"(?<name>[^"]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InstrumentName();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?<id>\d+), LogLevel\.(?<level>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LogMessage();

    [GeneratedRegex("""const string \w+ = "(?<name>[^"]+)";""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TagName();

    [GeneratedRegex(@"^    (?<name>[A-Z]\w+),\r?$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex RequestName();
}
