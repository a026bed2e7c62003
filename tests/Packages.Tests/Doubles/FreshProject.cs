using System.Diagnostics;
using System.Reflection;
using System.Xml.Linq;

namespace Packages.Tests.Doubles;

/// <summary>
/// A web project as <c>dotnet new web</c> makes it, far from the repository, with the package installed and the README's quick start for its program: built and running.
/// </summary>
public sealed class FreshProject(PackedFeed feed) : IAsyncLifetime
{
    private static readonly string s_restoredPackages =
        typeof(FreshProject).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static value => value.Key is "NuGetPackageRoot").Value!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fresh-");
    private Process? _application;
    private Uri? _address;

    /// <summary>What the build said.</summary>
    public string Build { get; private set; } = "";

    public string Folder => Path.Combine(_folder.FullName, "Fresh");

    /// <summary>A browser of its own for the application.</summary>
    public HttpClient NewClient() => new() { BaseAddress = _address };

    public async ValueTask InitializeAsync()
    {
        await DotNet.RunAsync(_folder.FullName, "new", "web", "--name", "Fresh", "--no-restore");
        await InstallAsync();
        await WriteProgramAsync();

        // As strict as can be: what a trimmed or an ahead-of-time compiled application would be told counts, too.
        Build = await DotNet.RunAsync(DotNet.Command(
            DotNet.Path, Folder, new() { ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "packages") },
            "build", "--configuration", "Release", "-p:TreatWarningsAsErrors=true", "-p:NuGetAudit=false",
            "-p:EnableTrimAnalyzer=true", "-p:EnableAotAnalyzer=true", "-p:EnableRequestDelegateGenerator=true"));
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is { HasExited: false })
        {
            _application.Kill();
            await _application.WaitForExitAsync();
        }

        _application?.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>What <c>dotnet add package</c> does, from a feed that has nothing else, and without what this machine has cached of an earlier version.</summary>
    private async Task InstallAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{feed.Folder}" />
                <add key="restored" value="{s_restoredPackages}" />
              </packageSources>
              <fallbackPackageFolders>
                <clear />
              </fallbackPackageFolders>
              <packageSourceMapping>
                <clear />
                <packageSource key="packed"><package pattern="ScopedCaching.*" /></packageSource>
                <packageSource key="restored"><package pattern="Microsoft.*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        var file = Path.Combine(Folder, "Fresh.csproj");
        var project = XDocument.Load(file);
        project.Root!.Add(new XElement("ItemGroup", new XElement("PackageReference", new XAttribute("Include", PackedFeed.Middleware), new XAttribute("Version", feed.Version))));
        project.Save(file);
    }

    private async Task WriteProgramAsync()
    {
        string[] besides = QuickStart.Code.Contains("AccountStore", StringComparison.Ordinal) && !QuickStart.Types.Append(QuickStart.Code).Any(static code => code.Contains("class AccountStore", StringComparison.Ordinal))
            ? ["Beside.cs", "AccountStore.cs"]
            : ["Beside.cs"];
        foreach (var file in besides)
        {
            File.Copy(Repository.PathOf("tests", "Packages.Tests", "Fresh", file), Path.Combine(Folder, file));
        }

        var program = Path.Combine(Folder, "Program.cs");
        await File.WriteAllTextAsync(program, QuickStart.Code);
        foreach (var (number, types) in QuickStart.Types.Index())
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, $"Types{number}.cs"), types);
        }

        // Left out as in every snippet of the documents.
        if (!QuickStart.Code.Contains("using ScopedCaching;", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, "Usings.cs"), "global using ScopedCaching;");
        }

        // Left out where the README's text goes on to add endpoints.
        if (!QuickStart.Code.Contains("app.Run()", StringComparison.Ordinal))
        {
            await File.AppendAllTextAsync(program, "app.Run();\n");
        }
    }

    private async Task StartAsync()
    {
        var program = Path.Combine(Folder, "bin", "Release", "net10.0", "Fresh.dll");
        _application = Process.Start(DotNet.Command(DotNet.Path, Folder, new() { ["ASPNETCORE_ENVIRONMENT"] = "Development" }, program, "--urls", "http://127.0.0.1:0"))!;
        var said = new List<string>();
        var errors = _application.StandardError.ReadToEndAsync();
        while (await _application.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.Split("Now listening on: ") is [_, var address])
            {
                _address = new Uri(address);
                _ = _application.StandardOutput.ReadToEndAsync();       // so that it never waits to be read
                return;
            }
        }

        throw new InvalidOperationException($"The fresh project's program ended:\n{string.Join('\n', said)}\n{await errors}");
    }
}
