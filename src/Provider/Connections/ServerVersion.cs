using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// What a server says to <c>version</c>. Three numbers at its start, behind "memcached-" or not, count as memcached's own; what vendors put behind them ("1.6.38-aws", "1.6.18_beta1") does not
/// matter. Any other form tells nothing.
/// </summary>
internal static class ServerVersion
{
    private const string Prefix = "memcached-";

    /// <summary>The first whose every reply repeats the request's token.</summary>
    public static readonly Version Oldest = new(1, 6, 18);

    public static bool TryParse(string text, [NotNullWhen(true)] out Version? version)
    {
        version = null;
        var rest = text.AsSpan(text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? Prefix.Length : 0);
        Span<int> numbers = stackalloc int[3];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i > 0 && (rest.IsEmpty || rest[0] != '.'))
            {
                return false;
            }

            rest = i > 0 ? rest[1..] : rest;
            var end = rest.IndexOfAnyExceptInRange('0', '9');
            var digits = end < 0 ? rest : rest[..end];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return false;
            }

            rest = rest[digits.Length..];
        }

        version = new Version(numbers[0], numbers[1], numbers[2]);
        return true;
    }
}
