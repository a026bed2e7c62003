using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using ScopedCaching;
using ScopedCaching.Generator;
using ScopedCaching.Memcached;

namespace Generator.Tests.Doubles;

/// <summary>Sources, compiled with the generator as a user's project compiles them: latest language, warnings are errors, documentation is checked.</summary>
internal sealed class Compiled
{
    private const string Usings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using ScopedCaching;
        """;

    public static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, DocumentationMode.Diagnose);

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name is "netstandard.dll" or "mscorlib.dll"))
            .Append(typeof(IScopedCache).Assembly.Location).Append(typeof(ISealedStore).Assembly.Location).Distinct()
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    private Compiled(CSharpCompilation compilation, ImmutableArray<string> generated, ImmutableArray<Diagnostic> diagnostics) =>
        (Compilation, Generated, Diagnostics) = (compilation, generated, diagnostics);

    public CSharpCompilation Compilation { get; }

    /// <summary>The generated files' texts.</summary>
    public ImmutableArray<string> Generated { get; }

    /// <summary>What the compiler and the analyzer say, hidden things left out.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    public IEnumerable<string> Ids => Diagnostics.Select(static diagnostic => diagnostic.Id);

    public static CSharpCompilation Sources(params IEnumerable<string> sources) => CSharpCompilation.Create(
        "Sample",
        [.. sources.Prepend(Usings).Select(static (text, i) => CSharpSyntaxTree.ParseText(text, Parsing, $"File{i}.cs"))],
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error, deterministic: true));

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new CachedFunctionGenerator().AsSourceGenerator()], parseOptions: Parsing, driverOptions: new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));

    public static async Task<Compiled> CompileAsync(params string[] sources)
    {
        var driver = Driver().RunGeneratorsAndUpdateCompilation(Sources(sources), out var compilation, out var complaints);
        Assert.Empty(complaints);
        var analyzed = await compilation.WithAnalyzers([new CachedFunctionAnalyzer()]).GetAllDiagnosticsAsync();
        return new Compiled(
            (CSharpCompilation)compilation,
            [.. driver.GetRunResult().GeneratedTrees.Select(static tree => tree.ToString())],
            [.. analyzed.Where(static diagnostic => diagnostic.Severity != DiagnosticSeverity.Hidden && !IsUndocumentedSource(diagnostic)).OrderBy(static diagnostic => diagnostic.Location.SourceSpan.Start)]);
    }

    // The tests' own sources are not documented; what is generated for users who document everything has to be.
    private static bool IsUndocumentedSource(Diagnostic diagnostic) =>
        diagnostic.Id == "CS1591" && diagnostic.Location.SourceTree?.FilePath.StartsWith("File", StringComparison.Ordinal) == true;

    /// <summary>Compiles what must compile without a single warning.</summary>
    public static async Task<Compiled> CleanAsync(params string[] sources)
    {
        var compiled = await CompileAsync(sources);
        Assert.True(compiled.Diagnostics.IsEmpty, string.Join('\n', compiled.Diagnostics));
        return compiled;
    }

    /// <summary>Loads the assembly, apart from all others of its name.</summary>
    public Assembly Load()
    {
        using var image = new MemoryStream();
        var undocumented = Compilation.Options.WithSpecificDiagnosticOptions([new("CS1591", ReportDiagnostic.Suppress)]);
        var result = Compilation.WithOptions(undocumented).Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        image.Position = 0;
        return new AssemblyLoadContext(name: null, isCollectible: true).LoadFromStream(image);
    }

    /// <summary>Runs <c>public static Task&lt;string&gt; Run(IScopedCache caches)</c> of a type called Program.</summary>
    public static Task<string> RunAsync(Assembly assembly, IScopedCache caches) =>
        (Task<string>)assembly.GetType("Program", throwOnError: true)!.GetMethod("Run")!.Invoke(null, [caches])!;

    public async Task<string> RunAsync(IScopedCache caches) => await RunAsync(Load(), caches);
}
