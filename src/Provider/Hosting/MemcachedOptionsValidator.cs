using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>Says what is wrong with the options, and what is allowed instead.</summary>
internal sealed class MemcachedOptionsValidator(IHostEnvironment? environment, Backends backends) : IValidateOptions<MemcachedOptions>
{
    private const int ShortestSecret = 16;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    public ValidateOptionsResult Validate(string? name, MemcachedOptions options)
    {
        var problems = new List<string>();
        if (backends.ProblemWith(options, isDevelopment: environment?.IsDevelopment() == true) is { } problem)
        {
            problems.Add(problem);
        }

        if (options.Servers.Count > 1)
        {
            problems.Add("'Cache:Servers' names several servers. Only one server is supported.");
        }

        CheckTimeout(problems, nameof(options.ConnectTimeout), options.ConnectTimeout);
        CheckTimeout(problems, nameof(options.Timeout), options.Timeout);
        CheckRange(problems, nameof(options.ItemSizeLimit), options.ItemSizeLimit, 1 << 10, 1 << 30);
        CheckRange(problems, nameof(options.CompressionThreshold), options.CompressionThreshold, 0, int.MaxValue);
        CheckRange(problems, nameof(options.MaxQueuedOperations), options.MaxQueuedOperations, 1, 1 << 20);
        CheckRange(problems, nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, 1 << 10, 1 << 30);
        CheckRange(problems, nameof(options.ConnectionsPerServer), options.ConnectionsPerServer, 1, 16);
        CheckRange(problems, nameof(options.FailureThreshold), options.FailureThreshold, 1, 1000);
        if (options.KeySecret is { Length: < ShortestSecret })
        {
            problems.Add($"'Cache:KeySecret' is too short. Allowed are {ShortestSecret} characters and more, or none at all.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void CheckTimeout(List<string> problems, string key, TimeSpan value)
    {
        if (value < s_shortest || value > s_longest)
        {
            problems.Add($"'Cache:{key}' is {value.TotalSeconds} s. Allowed are {s_shortest.TotalSeconds} to {s_longest.TotalSeconds} seconds.");
        }
    }

    private static void CheckRange(List<string> problems, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            problems.Add($"'Cache:{key}' is {value}. Allowed are {least} to {most}.");
        }
    }
}
