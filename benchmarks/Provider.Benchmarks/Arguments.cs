using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ScopedCaching.Memcached;

namespace Provider.Benchmarks;

/// <summary>The command line.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        load  [--server host:port] [--seconds 2] [--runs 5] [--only NAME]   operations a second, beside raw sockets
        cpu   [--server host:port] [--operations 200000] [--runs 9]         CPU of an encrypted get beside a plain one
        soak  [--minutes 3] [--seed 1] [--servers 3]                        checked values through faults, on memcacheds of its own
        soak  --fuzz [--minutes 3] [--seed 1]                               damaged replies and requests
        web   [--server host:port] [--seconds 2] [--runs 5] [--only NAME]   requests a second for cached pages, beside ASP.NET Core's output cache
        micro [BenchmarkDotNet's arguments, such as --filter *Protocol*]    layers by themselves
        Without --server, load, cpu and web start a memcached of their own.
        """;

    public required string Verb { get; init; }

    public MemcachedEndpoint? Server { get; private set; }

    public TimeSpan Duration { get; private set; } = TimeSpan.FromSeconds(2);

    public int? Runs { get; private set; }

    public TimeSpan SoakTime { get; private set; } = TimeSpan.FromMinutes(3);

    /// <summary>What a soak's chances start from: the same seed, the same faults.</summary>
    public int Seed { get; private set; } = 1;

    /// <summary>How many servers a soak runs on.</summary>
    public int Servers { get; private set; } = 3;

    public bool Fuzz { get; private init; }

    public int Operations { get; private set; } = 200_000;

    /// <summary>Only rows whose name contains this (and the rows they are compared with).</summary>
    public string Only { get; private set; } = "";

    /// <summary>What follows <c>micro</c>.</summary>
    public string[] Rest { get; private init; } = [];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments)
    {
        arguments = args switch
        {
            ["micro", .. var rest] => new Arguments { Verb = "micro", Rest = rest.Length == 0 ? ["--filter", "*"] : rest },
            ["load" or "cpu" or "soak" or "web", ..] => new Arguments { Verb = args[0], Fuzz = args.Contains("--fuzz", StringComparer.Ordinal) },
            _ => null,
        };
        if (arguments is null or { Verb: "micro" })
        {
            return arguments is not null;
        }

        args = [.. args.Where(static argument => argument is not "--fuzz")];
        if (args.Length % 2 == 0)
        {
            return false;
        }

        for (var i = 1; i < args.Length; i += 2)
        {
            if (!arguments.TryTake(args[i], args[i + 1]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTake(string name, string value)
    {
        switch (name)
        {
            case "--server":
                Server = MemcachedEndpoint.TryParse(value, MemcachedEndpoint.DefaultPort, out var endpoint, out _) ? endpoint : null;
                return Server is { UnixPath: null };
            case "--seconds":
                var isNumber = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds);
                Duration = TimeSpan.FromSeconds(seconds);
                return isNumber && seconds > 0;
            case "--runs":
                Runs = int.TryParse(value, CultureInfo.InvariantCulture, out var runs) ? runs : 0;
                return runs > 0;
            case "--operations":
                Operations = int.TryParse(value, CultureInfo.InvariantCulture, out var operations) ? operations : 0;
                return operations > 0;
            case "--minutes":
                var isTime = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes);
                SoakTime = TimeSpan.FromMinutes(minutes);
                return isTime && minutes > 0;
            case "--seed":
                Seed = int.TryParse(value, CultureInfo.InvariantCulture, out var seed) ? seed : -1;
                return seed >= 0;
            case "--servers":
                Servers = int.TryParse(value, CultureInfo.InvariantCulture, out var servers) ? servers : 0;
                return servers > 0;
            case "--only":
                Only = value;
                return true;
            default:
                return false;
        }
    }
}
