namespace Provider.Tests.Architecture;

internal static class Finding
{
    /// <summary>Fails with every violation on a line of its own.</summary>
    internal static void None(IEnumerable<string> violations)
    {
        var found = violations.Distinct().Order(StringComparer.Ordinal).ToList();
        if (found.Count > 0)
        {
            Assert.Fail($"{found.Count} found:{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
        }
    }
}
