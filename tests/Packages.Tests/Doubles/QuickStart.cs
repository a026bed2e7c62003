using System.Text.RegularExpressions;

namespace Packages.Tests.Doubles;

/// <summary>The program that the README begins with.</summary>
public static partial class QuickStart
{
    /// <summary>Word for word as it stands there: nothing is added to it.</summary>
    public static string Code { get; } = Fences().First(static code => code.Contains("WebApplication.CreateBuilder(", StringComparison.Ordinal));

    private static IEnumerable<string> Fences()
    {
        var section = Section().Match(File.ReadAllText(Repository.PathOf("README.md"))).Value;
        return Fence().Matches(section).Select(static match => match.Groups["code"].Value);
    }

    [GeneratedRegex("^## Quick start\n.*?(?=^## )", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Section();

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Fence();
}
