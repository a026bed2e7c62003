using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ScopedCaching.Hosting;

/// <summary>Reads the middleware's keys of the section <c>Cache</c>, by hand: trimmed applications have no reflection to bind with.</summary>
internal static class ScopedCacheSection
{
    private const string Section = "Cache";

    public static void Bind(ScopedCacheOptions options, IConfiguration? configuration)
    {
        if (configuration?.GetSection(Section) is not { } section)
        {
            return;
        }

        Read(options, section, nameof(ScopedCacheOptions.DefaultLevel), "Stack or Service", static (options, text) =>
        {
            var level = text.Equals(nameof(StorageLevel.Stack), StringComparison.OrdinalIgnoreCase) ? StorageLevel.Stack
                : text.Equals(nameof(StorageLevel.Service), StringComparison.OrdinalIgnoreCase) ? StorageLevel.Service
                : (StorageLevel?)null;
            options.DefaultLevel = level ?? options.DefaultLevel;
            return level is not null;
        });
        Read(options, section, "DefaultExpiration", "a positive number of seconds, a time such as 00:05:00, or 0 for never", static (options, text) =>
        {
            var valid = TryExpiration(text, out var expiration);
            options.DefaultPolicy = valid ? options.DefaultPolicy with { Expiration = expiration } : options.DefaultPolicy;
            return valid;
        });
        Read(options, section, "CustomerClaim", "the type of a claim, not blank", static (options, text) =>
        {
            options.Customer.FromClaim(text);
            return true;
        });
        Read(options, section, "SessionClaim", "the type of a claim, not blank", static (options, text) =>
        {
            options.Session.FromClaim(text);
            return true;
        });
    }

    private static void Read(ScopedCacheOptions options, IConfigurationSection section, string key, string allowed, Func<ScopedCacheOptions, string, bool> apply)
    {
        if (section[key] is { } text && (string.IsNullOrWhiteSpace(text) || !apply(options, text.Trim())))
        {
            options.ConfigurationProblems.Add($"'{Section}:{key}' is '{text}'. Allowed is {allowed}.");
        }
    }

    // Whole numbers first: as a TimeSpan, 300 would be 300 days.
    private static bool TryExpiration(string text, out TimeSpan? expiration)
    {
        expiration = null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            var valid = seconds <= (long)TimeSpan.MaxValue.TotalSeconds;
            expiration = valid && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
            return valid;
        }

        var parsed = TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero;
        expiration = parsed ? time : null;
        return parsed;
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
            problems.Add("ScopedCacheOptions.DefaultLevel must be Stack or Service. The session level is chosen where it is meant, with [CacheLevel(StorageLevel.Session)] or SessionCache.");
        }

        if (options.DefaultPolicy is null)
        {
            problems.Add("ScopedCacheOptions.DefaultPolicy must not be null. What never expires is CachePolicy.Forever.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
