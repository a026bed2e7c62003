using System.Text;
using System.Text.RegularExpressions;

namespace Provider.Tests.Contract;

/// <summary>
/// What a client sends, step by step: each step is sent when the reply to the one before is there.
/// <c>{cas}</c> stands for the last CAS id seen, <c>{cas-1}</c> for the one before it.
/// </summary>
public sealed partial record Conversation(string Name, params string[] Steps)
{
    public override string ToString() => Name;

    /// <summary>The bytes of a step, after what earlier replies of the same server said.</summary>
    public static byte[] BytesOf(string step, string repliesSoFar)
    {
        if (step.Contains("{cas", StringComparison.Ordinal))
        {
            var cas = ulong.Parse(CasIds().Matches(repliesSoFar)[^1].Value, System.Globalization.CultureInfo.InvariantCulture);
            step = step.Replace("{cas}", $"{cas}", StringComparison.Ordinal).Replace("{cas-1}", $"{cas - 1}", StringComparison.Ordinal);
        }

        return Encoding.Latin1.GetBytes(step);
    }

    /// <summary>Replaces CAS ids by their rank among those of the conversation: their order is the contract, their values are not.</summary>
    public static string Normalize(string replies)
    {
        var ranks = CasIds().Matches(replies).Select(match => ulong.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))
            .Where(cas => cas != 0).Distinct().Order().Select((cas, rank) => (cas, rank)).ToDictionary(pair => pair.cas, pair => pair.rank);
        return CasIds().Replace(
            replies,
            match => ulong.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture) is > 0 and var cas ? $"<cas {ranks[cas]}>" : match.Value);
    }

    [GeneratedRegex(@"(?<=^(?:HD|VA|EX|NS|NF|ME)(?: [^\r\n]*)? c)\d+(?=[ \r])|(?<= cas=)\d+|(?<=^VALUE \S+ \d+ \d+ )\d+", RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CasIds();
}
