namespace Provider.Tests.Architecture;

/// <summary>The repository's own sources, read once for all tests.</summary>
internal static class House
{
    private static readonly Lazy<CompiledSources> LazyProvider = new(() => Compile(ArrowTable.Provider, below: null));
    private static readonly Lazy<CompiledSources> LazyMiddleware = new(() => Compile(ArrowTable.Middleware, LazyProvider.Value));

    internal static string RepositoryFolder { get; } = FindRepository();

    internal static string SourceFolder => Path.Combine(RepositoryFolder, "src");

    internal static CompiledSources Provider => LazyProvider.Value;

    internal static CompiledSources Middleware => LazyMiddleware.Value;

    internal static IEnumerable<CompiledSources> Projects => [Provider, Middleware];

    /// <summary>Everything a person wrote below a folder; relative paths with forward slashes.</summary>
    internal static IEnumerable<string> SourceFilesBelow(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        let file = Path.GetRelativePath(folder, path).Replace('\\', '/')
        where !file.Split('/').Any(part => part is "bin" or "obj")
        orderby file
        select file;

    private static CompiledSources Compile(ProjectArrows arrows, CompiledSources? below)
    {
        var folder = Path.Combine(RepositoryFolder, arrows.Folder);
        var sources = SourceFilesBelow(folder).Select(file => (file, File.ReadAllText(Path.Combine(folder, file))));
        return CompiledSources.Compile(arrows, sources, below, generate: true);
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Provider.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("No Provider.sln above the tests: run them from their build output in the repository.");
    }
}
