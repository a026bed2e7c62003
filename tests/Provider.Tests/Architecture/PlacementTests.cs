using System.Xml.Linq;
using static Provider.Tests.Architecture.Sketch;

namespace Provider.Tests.Architecture;

public sealed class PlacementTests
{
    private const int LineLimit = 250;

    // A file that has to be longer stands here, relative to src, with the reason beside it.
    private static readonly string[] LongFiles = [];

    [Fact]
    public void What_stands_in_a_layer_is_internal() => Finding.None(House.Projects.SelectMany(Placement.PublicInALayer));

    [Fact]
    public void A_namespace_is_its_folder() => Finding.None(House.Projects.SelectMany(Placement.NamespaceOtherThanFolder));

    [Fact]
    public void No_type_is_named_as_a_folder() => Finding.None(House.Projects.SelectMany(Placement.NamedAsFolder));

    [Fact]
    public void No_folder_is_called_by_a_name_that_fits_anything() =>
        Finding.None(Placement.BadFolderNames(House.SourceFilesBelow(House.SourceFolder)));

    [Fact]
    public void Only_our_own_tests_and_benchmarks_see_internals()
    {
        var declared = Directory.EnumerateFiles(House.SourceFolder, "*.csproj", SearchOption.AllDirectories)
            .Append(Path.Combine(House.RepositoryFolder, "Directory.Build.props"))
            .SelectMany(path => XDocument.Load(path).Descendants("InternalsVisibleTo"))
            .Select(item => item.Attribute("Include")!.Value);
        var own = new[] { "tests", "benchmarks" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(House.RepositoryFolder, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetFileNameWithoutExtension(path));

        Finding.None(Placement.StrangersInside(declared.Concat(House.Projects.SelectMany(Placement.InternalsVisibleTo)), own));
    }

    [Fact]
    public void A_file_is_about_one_screen() => Finding.None(Placement.TooLong(
        House.SourceFilesBelow(House.SourceFolder).Select(file => (file, File.ReadLines(Path.Combine(House.SourceFolder, file)).Count())),
        LongFiles,
        LineLimit));

    [Fact]
    public void A_public_type_in_a_layer_is_found()
    {
        Assert.NotEmpty(Placement.PublicInALayer(ProviderOf(Layer("Ring", "public sealed class Points { }"))));
        Assert.NotEmpty(Placement.PublicInALayer(ProviderOf(Layer("Hosting", "public static class Registration { }"))));
        Assert.Empty(Placement.PublicInALayer(ProviderOf(Root("public sealed class Points { }"), Layer("Ring", "internal sealed class Point { }"))));
    }

    [Fact]
    public void Registration_extensions_are_public_and_in_the_namespaces_of_the_platform()
    {
        var house = ProviderOf(("Hosting/Registration.cs", "namespace Microsoft.Extensions.DependencyInjection;\npublic static class Registration { }"));

        Assert.Empty(Placement.PublicInALayer(house));
        Assert.Empty(Placement.NamespaceOtherThanFolder(house));
    }

    [Fact]
    public void What_generated_code_calls_is_public_only_when_hidden_from_the_editor()
    {
        const string hidden = "[System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)] ";
        const string type = "public sealed class Call { }";
        var provider = ProviderOf();

        Assert.NotEmpty(Placement.PublicInALayer(MiddlewareOf(provider, Layer("Functions", type, ArrowTable.Middleware))));
        Assert.Empty(Placement.PublicInALayer(MiddlewareOf(provider, Layer("Functions", hidden + type, ArrowTable.Middleware))));
    }

    [Theory]
    [InlineData("Ring/Points.cs", "ScopedCaching.Memcached")]
    [InlineData("Ring/Points.cs", "Microsoft.Extensions.DependencyInjection")]
    [InlineData("Points.cs", "ScopedCaching.Memcached.Ring")]
    public void A_namespace_other_than_the_folder_is_found(string file, string space) =>
        Assert.NotEmpty(Placement.NamespaceOtherThanFolder(ProviderOf((file, $"namespace {space};\ninternal static class Points {{ }}"))));

    [Fact]
    public void A_type_named_as_a_folder_is_found() =>
        Assert.NotEmpty(Placement.NamedAsFolder(ProviderOf(Root("internal sealed class Ring { }"))));

    [Fact]
    public void A_folder_for_anything_is_found() =>
        Assert.Single(Placement.BadFolderNames(["Provider/Ring/A.cs", "Provider/Ring/Helpers/B.cs"]));

    [Fact]
    public void A_stranger_who_sees_internals_is_found()
    {
        var house = ProviderOf(("Friends.cs", "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Stranger, PublicKey=00\")]"));

        Assert.Single(Placement.StrangersInside(Placement.InternalsVisibleTo(house), ["Provider.Tests"]));
        Assert.Empty(Placement.StrangersInside(["Provider.Tests"], ["Provider.Tests"]));
    }

    [Fact]
    public void A_long_file_is_found_unless_it_is_listed()
    {
        Assert.Single(Placement.TooLong([("A.cs", 251), ("B.cs", 250)], allowed: [], LineLimit));
        Assert.Empty(Placement.TooLong([("A.cs", 251)], allowed: ["A.cs"], LineLimit));
    }
}
