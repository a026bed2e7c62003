using System.Globalization;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// A duration in the configuration: a number of seconds, or <c>h:mm:ss</c> with days before it and a fraction behind where there are any. The other forms that <see cref="TimeSpan"/> knows are
/// refused, because they are not what they seem: to it <c>24:00:00</c> is 24 days, and <c>05:00</c> five hours.
/// </summary>
internal static class DurationText
{
    public const string Forms = "a number of seconds, such as 1 or 0.5, and hh:mm:ss, such as 00:05:00; a day is 1.00:00:00, or 86400";

    private static readonly string[] s_forms = [@"h\:mm\:ss", @"h\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss", @"d\.hh\:mm\:ss\.FFFFFFF"];

    /// <summary>What is longer than any duration is the longest: whether that is allowed is asked where the allowed ones are known.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        // A double may also be read from the names of what is no number.
        if (text.All(static character => char.IsAsciiDigit(character) || character == '.')
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            duration = seconds <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
            return true;
        }

        return TimeSpan.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, out duration);
    }
}
