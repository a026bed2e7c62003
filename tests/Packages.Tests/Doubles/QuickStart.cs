using System.Text.RegularExpressions;

namespace Packages.Tests.Doubles;

/// <summary>The program that the README begins with.</summary>
public static partial class QuickStart
{
    /// <summary>Word for word as it stands there.</summary>
    public static string Code { get; } = Fences().First(static code => code.Contains("WebApplication.CreateBuilder(", StringComparison.Ordinal));

    /// <summary>The types that stand beside it in the same section, if any.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. Fences().Where(static code => code.StartsWith("public ", StringComparison.Ordinal))];

    /// <summary>The path of its first GET that creates what is not cached, each parameter being 1.</summary>
    public static string Path { get; } = Parameter().Replace(CachedGet().Match(Code).Groups["path"].Value, "1");

    private static IEnumerable<string> Fences()
    {
        var section = Section().Match(File.ReadAllText(Repository.PathOf("README.md"))).Value;
        return Fence().Matches(section).Select(static match => match.Groups["code"].Value);
    }

    [GeneratedRegex("^## Quick start\n.*?(?=^## )", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Section();

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("MapGet\\(\"(?<path>[^\"]+)\"[^;]*?GetOrCreateAsync", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CachedGet();

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();
}
