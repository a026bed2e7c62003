using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Reads single settings of a cache's section: <c>Cache</c>, or <c>Caches:&lt;name&gt;</c> of one that has a name. What cannot be read is an error that names the key and says what is allowed.
/// </summary>
internal sealed class CacheSection(IConfigurationSection section)
{
    public const string Name = "Cache";

    private const string NamesOf = "Caches";

    /// <summary>The section of the cache of that name; empty for the one without.</summary>
    public static CacheSection Of(IConfiguration configuration, string name) => new(configuration.GetSection(PathOf(name)));

    public static string PathOf(string name) => name.Length == 0 ? Name : ConfigurationPath.Combine(NamesOf, name);

    public string Path => section.Path;

    public IConfigurationSection this[string key] => section.GetSection(key);

    public IEnumerable<string> Keys => section.GetChildren().Select(static child => child.Key);

    public string? Text(string key) => section[key] is { Length: > 0 } text ? text : null;

    public void Read(string key, Action<bool> take)
    {
        if (Text(key) is { } text)
        {
            take(bool.TryParse(text, out var value) ? value : throw Bad(key, text, "true and false"));
        }
    }

    public void Read(string key, int least, int most, Action<int> take)
    {
        if (Text(key) is { } text)
        {
            take(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                ? value
                : throw Bad(key, text, $"whole numbers from {least} to {most}"));
        }
    }

    /// <summary>A duration: a number of seconds, or hh:mm:ss.</summary>
    public void Read(string key, Action<TimeSpan> take)
    {
        if (Text(key) is { } text)
        {
            take(TryDuration(text, out var value) ? value : throw Bad(key, text, "a number of seconds, such as 1 or 0.5, and hh:mm:ss"));
        }
    }

    public void Read<TEnum>(string key, Action<TEnum> take)
        where TEnum : struct, Enum
    {
        if (Text(key) is { } text)
        {
            take(!char.IsAsciiDigit(text[0]) && Enum.TryParse<TEnum>(text, ignoreCase: true, out var value)
                ? value
                : throw Bad(key, text, string.Join(", ", Enum.GetNames<TEnum>())));
        }
    }

    private MemcachedConfigurationException Bad(string key, string text, string allowed) =>
        new($"The setting '{Path}:{key}' is '{text}'. Allowed are {allowed}.");

    private static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            value = seconds <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
            return true;
        }

        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= TimeSpan.Zero;
    }
}
