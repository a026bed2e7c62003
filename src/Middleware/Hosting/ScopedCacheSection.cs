using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ScopedCaching.Hosting;

/// <summary>Reads the middleware's keys of the section <c>Cache</c>, by hand: trimmed applications have no reflection to bind with.</summary>
internal sealed class ScopedCacheSection(IConfiguration? configuration) : IConfigureOptions<ScopedCacheOptions>
{
    private const string Section = "Cache";
    private const string Level = "DefaultLevel";
    private const string Expiration = "DefaultExpiration";
    private const string CustomerClaim = "CustomerClaim";
    private const string SessionClaim = "SessionClaim";

    private const string LocalSize = "LocalSizeLimit";
    private const string Poll = "GenerationPoll";
    private const string Recent = "RecentKeys";
    private const string RecentPath = "RecentKeysPath";

    public static readonly string[] Keys = [Level, Expiration, CustomerClaim, SessionClaim, LocalSize, Poll, Recent, RecentPath, PolicySection.Key];

    public void Configure(ScopedCacheOptions options)
    {
        if (Text(Level) is { } level)
        {
            Take(options, Level, "Stack and Service", TryLevel(level, out var parsed), () => options.DefaultLevel = parsed);
        }

        if (Text(Expiration) is { } expiration)
        {
            Take(
                options,
                Expiration,
                DurationText.FormsOrNever,
                DurationText.TryParseOrNever(expiration, out var parsed) && parsed != TimeSpan.Zero,
                () => options.DefaultPolicy = options.DefaultPolicy with { Expiration = parsed });
        }

        if (Text(LocalSize) is { } size)
        {
            var valid = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes);
            Take(options, LocalSize, "whole numbers of bytes, and 0 for none", valid, () => options.LocalSizeLimit = bytes);
        }

        if (Text(Poll) is { } poll)
        {
            Take(options, Poll, "true and false", bool.TryParse(poll, out var polls), () => options.GenerationPoll = polls);
        }

        if (Text(Recent) is { } recent)
        {
            Take(options, Recent, "on, off, and whole numbers up to 100000", TryCount(recent, out var count), () => options.RecentKeys = count);
        }

        if (Text(RecentPath) is { } path)
        {
            Take(options, RecentPath, "paths of files, not blank", path.Length > 0, () => options.RecentKeysPath = path);
        }

        if (configuration is not null)
        {
            PolicySection.Read(configuration.GetSection(Section), options);
            foreach (var unread in Keys.Where(static key => key is not PolicySection.Key).SelectMany(key => configuration.GetSection(Section + ":" + key).GetChildren()))
            {
                options.ConfigurationProblems.Add($"The setting '{unread.Path}' is unknown, because it is below a setting that is a single value. No settings are allowed there.");
            }
        }

        if (Text(CustomerClaim) is { } customer)
        {
            Take(options, CustomerClaim, "types of claims, not blank", customer.Length > 0, () => options.Customer.FromClaim(customer));
        }

        if (Text(SessionClaim) is { } session)
        {
            Take(options, SessionClaim, "types of claims, not blank", session.Length > 0, () => options.Session.FromClaim(session));
        }
    }

    private string? Text(string key) => configuration?[Section + ":" + key]?.Trim();

    private void Take(ScopedCacheOptions options, string key, string allowed, bool valid, Action take)
    {
        if (valid)
        {
            take();
            return;
        }

        options.ConfigurationProblems.Add($"The setting '{Section}:{key}' is '{Text(key)}'. Allowed are {allowed}.");
    }

    private static bool TryLevel(string text, out StorageLevel level)
    {
        level = text.Equals(nameof(StorageLevel.Service), StringComparison.OrdinalIgnoreCase) ? StorageLevel.Service : StorageLevel.Stack;
        return level == StorageLevel.Service || text.Equals(nameof(StorageLevel.Stack), StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryCount(string text, out int count)
    {
        var on = text.Equals("on", StringComparison.OrdinalIgnoreCase) || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        count = on ? ScopedCacheOptions.DefaultRecentKeys : 0;
        return on || text.Equals("off", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= ScopedCacheOptions.MostRecentKeys);
    }
}

/// <summary>Checks the options at startup.</summary>
internal sealed class ScopedCacheOptionsValidation : IValidateOptions<ScopedCacheOptions>
{
    public ValidateOptionsResult Validate(string? name, ScopedCacheOptions options)
    {
        List<string> problems = [.. options.ConfigurationProblems];
        if (options.DefaultLevel is not (StorageLevel.Stack or StorageLevel.Service))
        {
            problems.Add("ScopedCacheOptions.DefaultLevel must be Stack or Service. The session level can only be chosen explicitly, with [CacheLevel(StorageLevel.Session)] or SessionCache.");
        }

        if (options.DefaultPolicy is null)
        {
            problems.Add("ScopedCacheOptions.DefaultPolicy must not be null. For values that never expire, use CachePolicy.Forever.");
        }

        if (options.LocalSizeLimit < 0)
        {
            problems.Add("ScopedCacheOptions.LocalSizeLimit must not be negative. 0 keeps nothing in this process's memory.");
        }

        if (options.RecentKeys is < 0 or > ScopedCacheOptions.MostRecentKeys)
        {
            problems.Add($"ScopedCacheOptions.RecentKeys must be between 0 (which remembers none) and {ScopedCacheOptions.MostRecentKeys}.");
        }

        problems.AddRange(options.Policies.Where(static policy => policy.Value is null).Select(static policy => $"ScopedCacheOptions.Policies[\"{policy.Key}\"] must not be null."));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
