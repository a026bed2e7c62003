using Microsoft.Extensions.Configuration;

namespace ScopedCaching.Hosting;

/// <summary>Reads the policies of the section <c>Cache:Policies</c>: a section each, by name, with the properties of <see cref="CachePolicy"/>.</summary>
internal static class PolicySection
{
    public const string Key = "Policies";

    private static readonly Dictionary<string, Func<CachePolicy, string, CachePolicy>> s_properties = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(CachePolicy.Expiration)] = static (policy, text) => policy with { Expiration = TimeOrNever(text) },
        [nameof(CachePolicy.SlidingExpiration)] = static (policy, text) => policy with { SlidingExpiration = Time(text) },
        [nameof(CachePolicy.StaleFor)] = static (policy, text) => policy with { StaleFor = Time(text) },
        [nameof(CachePolicy.RefreshAhead)] = static (policy, text) => policy with { RefreshAhead = Time(text) },
        [nameof(CachePolicy.Jitter)] = static (policy, text) => policy with { Jitter = Time(text) },
        [nameof(CachePolicy.LocalFor)] = static (policy, text) => policy with { LocalFor = Time(text) },
        [nameof(CachePolicy.FactorySoftTimeout)] = static (policy, text) => policy with { FactorySoftTimeout = Time(text) },
        [nameof(CachePolicy.FactoryHardTimeout)] = static (policy, text) => policy with { FactoryHardTimeout = Time(text) },
        [nameof(CachePolicy.LeaseTime)] = static (policy, text) => policy with { LeaseTime = Time(text) },
        [nameof(CachePolicy.NullExpiration)] = static (policy, text) => policy with { NullExpiration = Time(text) },
        [nameof(CachePolicy.OncePerRequest)] = static (policy, text) => policy with { OncePerRequest = Switch(text) },
        [nameof(CachePolicy.Encrypt)] = static (policy, text) => policy with { Encrypt = Switch(text) },
        [nameof(CachePolicy.Compress)] = static (policy, text) => policy with { Compress = Switch(text) },
        [nameof(CachePolicy.FireAndForget)] = static (policy, text) => policy with { FireAndForget = Switch(text) },
        [nameof(CachePolicy.Tags)] = static (policy, text) => policy with { Tags = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) },
    };

    public static void Read(IConfiguration section, ScopedCacheOptions options)
    {
        var policies = section.GetSection(Key);
        if (policies.Value is { Length: > 0 })
        {
            options.ConfigurationProblems.Add($"The setting '{policies.Path}' is a single value. Allowed is a section with a section for each policy, by name.");
        }

        foreach (var named in policies.GetChildren())
        {
            if (named.Value is { Length: > 0 })
            {
                options.ConfigurationProblems.Add($"The setting '{named.Path}' is a single value. Allowed is a section with {string.Join(", ", s_properties.Keys)}.");
            }

            var policy = options.Policies.TryGetValue(named.Key, out var known) ? known : CachePolicy.Default;
            foreach (var property in named.GetChildren())
            {
                if (property.GetChildren().FirstOrDefault() is { } below && !property.Key.Equals(nameof(CachePolicy.Tags), StringComparison.OrdinalIgnoreCase))
                {
                    options.ConfigurationProblems.Add($"The setting '{below.Path}' is unknown. Allowed properties are {string.Join(", ", s_properties.Keys)}.");
                    continue;
                }

                try
                {
                    policy = s_properties.TryGetValue(property.Key, out var set)
                        ? set(policy, TextOf(property))
                        : throw new FormatException($"Allowed properties are {string.Join(", ", s_properties.Keys)}.");
                }
                catch (Exception refusal) when (refusal is FormatException or ArgumentException)
                {
                    options.ConfigurationProblems.Add($"The setting '{property.Path}' is '{TextOf(property)}'. {refusal.Message}");
                }
            }

            options.Policies[named.Key] = policy;
        }
    }

    // Tags may be a list, or one text with commas.
    private static string TextOf(IConfigurationSection property) => property.Value?.Trim() ?? string.Join(',', property.GetChildren().Select(static item => item.Value));

    private static TimeSpan Time(string text) => DurationText.TryParse(text, out var time) ? time : throw new FormatException($"Allowed are {DurationText.Forms}.");

    private static TimeSpan? TimeOrNever(string text) =>
        DurationText.TryParseOrNever(text, out var time) ? time : throw new FormatException($"Allowed are {DurationText.FormsOrNever}.");

    private static bool Switch(string text) => bool.TryParse(text, out var value) ? value : throw new FormatException("Allowed are true and false.");
}
