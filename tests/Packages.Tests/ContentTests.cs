using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Packages.Tests.Doubles;

namespace Packages.Tests;

/// <summary>What is in the packages, and what they say of themselves.</summary>
public sealed partial class ContentTests(PackedFeed feed)
{
    public static TheoryData<string> Ids => [PackedFeed.Provider, PackedFeed.Middleware];

    [Fact]
    public void Packing_the_solution_gives_two_packages_and_their_symbols() =>
        Assert.Equal(
            [$"ScopedCaching.AspNetCore.{feed.Version}.nupkg", $"ScopedCaching.AspNetCore.{feed.Version}.snupkg", $"ScopedCaching.Memcached.{feed.Version}.nupkg", $"ScopedCaching.Memcached.{feed.Version}.snupkg"],
            Directory.GetFiles(feed.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(PackedFeed.Provider)]
    [InlineData(PackedFeed.Middleware, "analyzers/dotnet/cs/ScopedCaching.Generator.dll")]
    public void A_package_holds_its_assembly_documented_and_nothing_stray(string id, params string[] besides)
    {
        Assert.Equal([.. besides, "icon.png", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "README.md"], Files(feed.Unpacked(id), id));
        Assert.Equal([$"lib/net10.0/{id}.pdb"], Files(feed.Unpacked(id, "snupkg"), id));
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_package_says_what_it_is_and_how_it_may_be_used(string id)
    {
        var metadata = Nuspec(id);

        Assert.Equal(id, Text(metadata, "id"));
        Assert.Equal(feed.Version, Text(metadata, "version"));
        Assert.Equal("MIT", Text(metadata, "license"));
        Assert.Equal("README.md", Text(metadata, "readme"));
        Assert.Equal("icon.png", Text(metadata, "icon"));
        Assert.Contains("memcached", Text(metadata, "description"), StringComparison.Ordinal);
        Assert.Contains("memcached", Text(metadata, "tags").Split(' '));
        Assert.StartsWith("## [", Text(metadata, "releaseNotes"), StringComparison.Ordinal);
        Assert.InRange(Text(metadata, "releaseNotes").Length, 20, 35_000);
    }

    [Theory]
    [InlineData(PackedFeed.Provider)]
    [InlineData(PackedFeed.Middleware, PackedFeed.Provider)]
    public void A_package_needs_the_platform_and_at_most_its_sister_of_the_same_version(string id, params string[] sisters)
    {
        var metadata = Nuspec(id);
        var needed = metadata.Descendants().Where(static element => element.Name.LocalName is "dependency").Select(static element => $"{element.Attribute("id")?.Value} {element.Attribute("version")?.Value}");
        var platform = metadata.Descendants().Where(static element => element.Name.LocalName is "frameworkReference").Select(static element => element.Attribute("name")?.Value);

        Assert.Equal(sisters.Select(sister => $"{sister} {feed.Version}"), needed);
        Assert.Equal(["Microsoft.AspNetCore.App"], platform);
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_packages_readme_is_its_own_and_all_its_links_lead_somewhere(string id)
    {
        var readme = File.ReadAllText(Path.Combine(feed.Unpacked(id), "README.md"));

        Assert.StartsWith($"# {id}\n", readme, StringComparison.Ordinal);
        // On a gallery's page there is nothing beside it.
        Assert.All(Link().Matches(readme), static link => Assert.StartsWith("https://", link.Groups["target"].Value, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_packages_icon_is_a_picture_of_128_by_128(string id)
    {
        var icon = File.ReadAllBytes(Path.Combine(feed.Unpacked(id), "icon.png"));

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], icon[..4]);
        Assert.Equal((128, 128), (BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20))));
    }

    [Fact]
    public void Nothing_tells_of_the_folder_it_was_built_in()
    {
        byte[][] spellings = [Encoding.UTF8.GetBytes(Repository.Folder), Encoding.Unicode.GetBytes(Repository.Folder)];
        var telling =
            from package in Directory.GetDirectories(Path.GetDirectoryName(feed.Unpacked(PackedFeed.Provider))!)
            from file in Directory.GetFiles(package, "*", SearchOption.AllDirectories)
            let content = File.ReadAllBytes(file)
            where spellings.Any(spelling => content.AsSpan().IndexOf(spelling) >= 0)
            select Path.GetRelativePath(package, file);

        Assert.Empty(telling);
    }

    private static List<string> Files(string folder, string id) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(file => !IsOfTheContainer(file, id))
            .Order(StringComparer.OrdinalIgnoreCase)];

    // What every package has, whatever it holds.
    private static bool IsOfTheContainer(string file, string id) =>
        file.StartsWith("_rels/", StringComparison.Ordinal) || file.StartsWith("package/", StringComparison.Ordinal) || file == "[Content_Types].xml" || file == id + ".nuspec";

    private static string Text(XElement metadata, string name) => metadata.Elements().Single(element => string.Equals(element.Name.LocalName, name, StringComparison.Ordinal)).Value;

    private XElement Nuspec(string id) => XDocument.Load(Path.Combine(feed.Unpacked(id), id + ".nuspec")).Root!.Elements().Single();

    [GeneratedRegex(@"\]\((?<target>[^)]*)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
