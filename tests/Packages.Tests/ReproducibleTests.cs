using Packages.Tests.Doubles;

namespace Packages.Tests;

[Collection(nameof(OtherFolder))]
public sealed class ReproducibleTests(PackedFeed feed, OtherFolder elsewhere)
{
    [Theory]
    [InlineData(PackedFeed.Provider, "Provider")]
    [InlineData(PackedFeed.Middleware, "Middleware")]
    public void The_same_sources_in_another_folder_give_the_same_bytes(string id, string project)
    {
        Assert.Equal(File.ReadAllBytes(feed.Assembly(id)), File.ReadAllBytes(elsewhere.Built(project, "net10.0", id + ".dll")));
        Assert.Equal(File.ReadAllBytes(feed.Symbols(id)), File.ReadAllBytes(elsewhere.Built(project, "net10.0", id + ".pdb")));
    }

    [Fact]
    public void The_same_generator_comes_of_them_too() =>
        Assert.Equal(File.ReadAllBytes(feed.Generator), File.ReadAllBytes(elsewhere.Built("Generator", "netstandard2.0", "ScopedCaching.Generator.dll")));
}
