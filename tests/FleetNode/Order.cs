using ScopedCaching;

namespace FleetNode;

/// <summary>One line of standard input: <c>id verb option=value …</c>.</summary>
internal sealed class Order
{
    private readonly Dictionary<string, string> _options;

    private Order(string id, string verb, Dictionary<string, string> options) => (Id, Verb, _options) = (id, verb, options);

    public string Id { get; }

    public string Verb { get; }

    /// <summary>The policy that the options make: times in milliseconds, tags with commas between them.</summary>
    public CachePolicy Policy => new()
    {
        Expiration = Time("expiration") ?? TimeSpan.FromMinutes(5),
        StaleFor = Time("staleFor"),
        RefreshAhead = Time("refreshAhead"),
        LocalFor = Time("localFor"),
        LeaseTime = Time("lease") ?? CachePolicy.Default.LeaseTime,
        Tags = Tags,
    };

    public string[] Tags => Find("tags")?.Split(',') ?? [];

    public string this[string option] => Find(option) ?? throw new InvalidOperationException($"{Verb} needs {option}=.");

    public static Order Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var options = words.Skip(2).Select(static word => word.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        return new Order(words[0], words[1], options);
    }

    public string? Find(string option) => _options.GetValueOrDefault(option);

    public int Number(string option, int otherwise) => Find(option) is { } text ? int.Parse(text) : otherwise;

    private TimeSpan? Time(string option) => Find(option) is { } text ? TimeSpan.FromMilliseconds(int.Parse(text)) : null;
}
