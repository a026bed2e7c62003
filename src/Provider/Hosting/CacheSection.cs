using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Reads single settings of a cache's section: <c>Cache</c>, or <c>Caches:&lt;name&gt;</c> of one that has a name. What cannot be read is an error that names the key and says what is allowed.
/// </summary>
internal sealed class CacheSection(IConfigurationSection section)
{
    private const string NamesOf = "Caches";

    /// <summary>The section of the cache of that name; empty for the one without.</summary>
    public static CacheSection Of(IConfiguration configuration, string name) => new(configuration.GetSection(PathOf(name)));

    public static string PathOf(string name) => name.Length == 0 ? MemcachedOptions.DefaultSection : ConfigurationPath.Combine(NamesOf, name);

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

    public void Read(string key, NumberRange range, Action<int> take)
    {
        if (Text(key) is { } text)
        {
            take(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && range.Has(value)
                ? value
                : throw Bad(key, text, range.ToString()));
        }
    }

    public void Read(string key, Action<TimeSpan> take)
    {
        if (Text(key) is { } text)
        {
            take(DurationText.TryParse(text, out var value) ? value : throw Bad(key, text, DurationText.Forms));
        }
    }

    public void Read<TEnum>(string key, Action<TEnum> take)
        where TEnum : struct, Enum
    {
        if (Text(key) is { } text)
        {
            // (Enum.TryParse takes numbers and lists of names as well.)
            var index = Array.FindIndex(Enum.GetNames<TEnum>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
            take(index >= 0 ? Enum.GetValues<TEnum>()[index] : throw Bad(key, text, string.Join(", ", Enum.GetNames<TEnum>())));
        }
    }

    /// <summary>Refuses a text in this section's place, and whatever stands in it that nothing reads. Of the keys only <c>Servers</c> may have keys below it.</summary>
    public void ThrowUnlessOnly(params string[] keys)
    {
        if (section.Value is { Length: > 0 })
        {
            throw new MemcachedConfigurationException($"The setting '{Path}' is a single value. Allowed is a section with {string.Join(", ", keys)}.");
        }

        foreach (var child in section.GetChildren())
        {
            var unread = !keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase) ? child
                : child.Key.Equals("Servers", StringComparison.OrdinalIgnoreCase) ? null
                : child.GetChildren().FirstOrDefault();
            if (unread is not null)
            {
                throw new MemcachedConfigurationException($"The setting '{unread.Path}' is unknown. Allowed are {string.Join(", ", keys)}.");
            }
        }
    }

    private MemcachedConfigurationException Bad(string key, string text, string allowed) =>
        new($"The setting '{Path}:{key}' is '{text}'. Allowed are {allowed}.");
}
