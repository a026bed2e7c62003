using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Ring;

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

        CheckServers(problems, "Servers", options.Servers);
        CheckServers(problems, "Fallback:Servers", options.Fallback.Servers);
        if (options.Fallback.Servers.Count > 0 && Backends.KindOf(options) != BackendKind.Memcached)
        {
            problems.Add($"'Cache:Fallback:Servers' needs memcached as the backend, but 'Cache:Backend' is '{options.Backend}'.");
        }

        CheckDuration(problems, "Fallback:Timeout", options.Fallback.Timeout, s_shortest, s_longest);
        CheckDuration(problems, nameof(options.DiscoveryInterval), options.DiscoveryInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        CheckDuration(problems, nameof(options.FailoverLife), options.FailoverLife, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        CheckDuration(problems, nameof(options.ConnectTimeout), options.ConnectTimeout, s_shortest, s_longest);
        CheckDuration(problems, nameof(options.Timeout), options.Timeout, s_shortest, s_longest);
        CheckRange(problems, nameof(options.ItemSizeLimit), options.ItemSizeLimit ?? ItemLimit.Default, NumberRange.ItemSizeLimit);
        CheckRange(problems, nameof(options.MaxValueSize), options.MaxValueSize, NumberRange.MaxValueSize);
        CheckRange(problems, nameof(options.CompressionThreshold), options.CompressionThreshold, NumberRange.CompressionThreshold);
        CheckRange(problems, nameof(options.MaxQueuedOperations), options.MaxQueuedOperations, NumberRange.MaxQueuedOperations);
        CheckRange(problems, nameof(options.MaxQueuedBytes), options.MaxQueuedBytes, NumberRange.MaxQueuedBytes);
        CheckRange(problems, nameof(options.ConnectionsPerServer), options.ConnectionsPerServer, NumberRange.ConnectionsPerServer);
        CheckRange(problems, nameof(options.FailureThreshold), options.FailureThreshold, NumberRange.FailureThreshold);
        if (options.KeySecret is { Length: < ShortestSecret })
        {
            problems.Add($"'Cache:KeySecret' is too short. Allowed are {ShortestSecret} characters and more, or none at all.");
        }

        problems.AddRange(LinkSettings.ProblemsOf(options));
        return problems.Count == 0 ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(problems.Select(found => found.Replace($"'{MemcachedOptions.DefaultSection}:", $"'{options.Section}:", StringComparison.Ordinal)));
    }

    private static void CheckServers(List<string> problems, string key, IList<MemcachedEndpoint> servers)
    {
        foreach (var server in servers.Where(static server => !NumberRange.Weight.Has(server.Weight)))
        {
            problems.Add($"The weight of {server} in 'Cache:{key}' is {server.Weight}. Allowed are {NumberRange.Weight}.");
        }

        foreach (var twice in servers.GroupBy(static server => server.ToString(), StringComparer.OrdinalIgnoreCase).Where(static same => same.Count() > 1))
        {
            problems.Add($"'Cache:{key}' names {twice.Key} more than once. Give it a weight instead.");
        }

        var total = servers.Sum(static server => (long)server.Weight);
        foreach (var idle in servers.Where(server => server.Weight > 0 && KetamaRing.Hashes(server.Weight, total, servers.Count) == 0))
        {
            problems.Add($"The weight of {idle} in 'Cache:{key}' is {idle.Weight} of {total}: too little compared with the others to get any keys.");
        }
    }

    private static void CheckDuration(List<string> problems, string key, TimeSpan value, TimeSpan shortest, TimeSpan longest)
    {
        if (value < shortest || value > longest)
        {
            problems.Add($"'Cache:{key}' is {value.TotalSeconds} s. Allowed are {shortest.TotalSeconds} to {longest.TotalSeconds} seconds.");
        }
    }

    private static void CheckRange(List<string> problems, string key, int value, NumberRange range)
    {
        if (!range.Has(value))
        {
            problems.Add($"'Cache:{key}' is {value}. Allowed are {range}.");
        }
    }
}
