using System.Diagnostics;

namespace Packages.Tests.Doubles;

/// <summary>The same sources in another folder, where no git is: built there once more, and the program TrimmedApp published trimmed.</summary>
public sealed class OtherFolder(PackedFeed feed) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("elsewhere-");

    /// <summary>What publishing said.</summary>
    public string Publishing { get; private set; } = "";

    /// <summary>The published program's folder.</summary>
    public string Published => Path.Combine(_folder.FullName, "published");

    /// <summary>A file that was built of a project in <c>src</c>.</summary>
    public string Built(string project, string framework, string file) => Path.Combine(_folder.FullName, "src", project, "bin", "Release", framework, file);

    public async ValueTask InitializeAsync()
    {
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", ".editorconfig", "BannedSymbols.txt"])
        {
            File.Copy(Repository.PathOf(file), Path.Combine(_folder.FullName, file));
        }

        Repository.CopySources(Repository.PathOf("src"), Path.Combine(_folder.FullName, "src"));
        Repository.CopySources(Repository.PathOf("tests", "TrimmedApp"), Path.Combine(_folder.FullName, "tests", "TrimmedApp"));

        // The commit stands in the assemblies. The analyzers have seen these sources before; what can be trimmed is found out by trimming.
        string[] revision = feed.Revision is { } commit ? [$"-p:SourceRevisionId={commit}"] : [];
        Publishing = await DotNet.RunAsync(
            _folder.FullName, ["publish", "tests/TrimmedApp", "--configuration", "Release", "--output", Published, "-p:RunAnalyzers=false", .. revision]);
    }

    /// <summary>Runs the published program to its end, and returns the lines it printed.</summary>
    public async Task<string[]> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(Published, OperatingSystem.IsWindows() ? "TrimmedApp.exe" : "TrimmedApp");
        ProcessStartInfo command = DotNet.Command(program, Published, [], arguments);
        return (await DotNet.RunAsync(command)).TrimEnd().Split('\n');
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The classes that share the other folder.</summary>
[CollectionDefinition(nameof(OtherFolder))]
public sealed class OtherFolderShared : ICollectionFixture<OtherFolder>;
