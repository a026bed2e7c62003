using System.Globalization;

namespace ScopedCaching.Hosting;

/// <summary>
/// A duration in the configuration: a number of seconds, or <c>h:mm:ss</c> with days before it and a fraction behind where there are any. The other forms that <see cref="TimeSpan"/> knows are
/// refused, because they are not what they seem: to it <c>24:00:00</c> is 24 days, and <c>05:00</c> five hours.
/// </summary>
internal static class DurationText
{
    public const string Forms = "a positive number of seconds, such as 300 or 0.5, and a time such as 00:05:00, up to 24855 days; a day is 1.00:00:00, or 86400";
    public const string FormsOrNever = Forms + "; and 0 for never";

    // Far from where a sum of times would overflow.
    private const int LongestSeconds = int.MaxValue;

    private static readonly string[] s_forms = [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        if (TrySeconds(text, out var seconds))
        {
            duration = seconds < LongestSeconds ? TimeSpan.FromSeconds(seconds) : default;
            return seconds < LongestSeconds;
        }

        return TimeSpan.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, out duration) && duration.TotalSeconds < LongestSeconds;
    }

    /// <summary>The same, and null for the number 0, which means never: in the configuration only.</summary>
    public static bool TryParseOrNever(string text, out TimeSpan? duration)
    {
        duration = null;
        if (TrySeconds(text, out var seconds) && seconds == 0)
        {
            return true;
        }

        var parsed = TryParse(text, out var time);
        duration = time;
        return parsed;
    }

    // A double may also be read from the names of what is no number.
    private static bool TrySeconds(string text, out double seconds)
    {
        seconds = 0;
        return text.All(static character => char.IsAsciiDigit(character) || character == '.')
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds);
    }
}
