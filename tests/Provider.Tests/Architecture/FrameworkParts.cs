using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.CodeAnalysis;

namespace Provider.Tests.Architecture;

/// <summary>What the compiler gets from the SDK when it compiles our sources: assemblies, usings, source generators.</summary>
internal static class FrameworkParts
{
    private static readonly string RuntimeFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
    private static readonly string AspNetFolder = Path.GetDirectoryName(typeof(IApplicationBuilder).Assembly.Location)!;

    // The source generators that src relies on. Without them, members they write would be missing, and every
    // expression built on such a member would have no type and hide its arrow.
    private static readonly (string Assembly, string Type)[] Generators =
    [
        ("System.Text.Json.SourceGeneration", "System.Text.Json.SourceGeneration.JsonSourceGenerator"),
        ("System.Text.RegularExpressions.Generator", "System.Text.RegularExpressions.Generator.RegexGenerator"),
        ("Microsoft.Interop.LibraryImportGenerator", "Microsoft.Interop.LibraryImportGenerator"),
        ("Microsoft.Extensions.Logging.Generators", "Microsoft.Extensions.Logging.Generators.LoggerMessageGenerator"),
        ("Microsoft.Extensions.Options.SourceGeneration", "Microsoft.Extensions.Options.Generators.OptionsValidatorGenerator"),
    ];

    /// <summary>The runtime's and ASP.NET Core's assemblies; not the test host's own ones.</summary>
    internal static IReadOnlyList<MetadataReference> References { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(IsOfTheFramework)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    internal static IReadOnlyList<ISourceGenerator> CreateGenerators() =>
    [
        .. from generator in Generators
           from path in Find(generator.Assembly + ".dll")
           let type = Assembly.LoadFrom(path).GetType(generator.Type, throwOnError: true)!
           select ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator(),
    ];

    /// <summary>What <c>ImplicitUsings</c> writes for Microsoft.NET.Sdk.</summary>
    internal const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // A package may bring a newer copy of a framework assembly, which then stands beside the tests instead.
    private static bool IsOfTheFramework(string path)
    {
        var file = Path.GetFileName(path);
        return File.Exists(Path.Combine(RuntimeFolder, file)) || File.Exists(Path.Combine(AspNetFolder, file));
    }

    // dotnet/shared/Microsoft.NETCore.App/10.0.1 → dotnet/packs/*.Ref/10.0.1/analyzers/dotnet/cs
    private static IEnumerable<string> Find(string file)
    {
        var packs = Path.GetFullPath(Path.Combine(RuntimeFolder, "../../../packs"));
        var found = Directory.Exists(packs)
            ? Directory.EnumerateFiles(packs, file, SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return found is null ? [] : [found];
    }
}
