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

    /// <summary>A client that says whose it is, as the quick start's requests do.</summary>
    public HttpClient NewClient(string? customer)
    {
        var client = new HttpClient { BaseAddress = _address };
        if (customer is not null)
        {
            client.DefaultRequestHeaders.Add("X-Customer", customer);
        }

        return client;
    }

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
        await File.WriteAllTextAsync(Path.Combine(Folder, "Program.cs"), QuickStart.Code);
        File.Copy(Repository.PathOf("tests", "Packages.Tests", "Fresh", "Beside.cs"), Path.Combine(Folder, "Beside.cs"));
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
