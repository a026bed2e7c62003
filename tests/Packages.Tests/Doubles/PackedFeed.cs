using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;

namespace Packages.Tests.Doubles;

/// <summary>The packages as <c>dotnet pack</c> makes them, in a feed of their own and unpacked beside it.</summary>
public sealed class PackedFeed : IAsyncLifetime
{
    public const string Provider = "ScopedCaching.Memcached";
    public const string Middleware = "ScopedCaching.AspNetCore";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("packages-");

    /// <summary>The feed: the files that packing the solution has made, and nothing else.</summary>
    public string Folder => Path.Combine(_folder.FullName, "feed");

    public string Version { get; private set; } = "";

    /// <summary>The commit that the assemblies say they were built of, if they were built in a checkout.</summary>
    public string? Revision { get; private set; }

    public async ValueTask InitializeAsync()
    {
        // What was built along with these tests, where that is what is shipped.
        string[] built = typeof(PackedFeed).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration is "Release" ? ["--no-build"] : [];
        await DotNet.RunAsync(Repository.Folder, ["pack", "Provider.sln", "--configuration", "Release", "--output", Folder, .. built]);
        foreach (var file in Directory.GetFiles(Folder))
        {
            await ZipFile.ExtractToDirectoryAsync(file, Path.Combine(_folder.FullName, "unpacked", Path.GetFileName(file)));
        }

        var provider = Assert.Single(Directory.GetFiles(Folder, Provider + ".*.nupkg"));
        Version = Path.GetFileNameWithoutExtension(provider)[(Provider.Length + 1)..];
        Revision = FileVersionInfo.GetVersionInfo(Assembly(Provider)).ProductVersion!.Split('+').ElementAtOrDefault(1);
    }

    /// <summary>A package's unpacked folder.</summary>
    public string Unpacked(string id, string extension = "nupkg") => Path.Combine(_folder.FullName, "unpacked", $"{id}.{Version}.{extension}");

    public string Assembly(string id) => Path.Combine(Unpacked(id), "lib", "net10.0", id + ".dll");

    public string Symbols(string id) => Path.Combine(Unpacked(id, "snupkg"), "lib", "net10.0", id + ".pdb");

    public string Generator => Path.Combine(Unpacked(Middleware), "analyzers", "dotnet", "cs", "ScopedCaching.Generator.dll");

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
