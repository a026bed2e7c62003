using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Provider.Tests.Architecture;

/// <summary>One project's sources, bound by the compiler, so that rules ask what a name means and not what it looks like.</summary>
internal sealed class CompiledSources
{
    private static readonly CSharpParseOptions Parsing = new(
        LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: ["NET", "NET10_0", "NET10_0_OR_GREATER", "RELEASE"]);

    private readonly Dictionary<SyntaxTree, string> _files;
    private readonly Lazy<IReadOnlyList<SymbolUse>> _uses;

    private CompiledSources(
        ProjectArrows arrows, CSharpCompilation compilation, Dictionary<SyntaxTree, string> files, CompiledSources? below)
    {
        Arrows = arrows;
        Compilation = compilation;
        Below = below;
        _files = files;
        _uses = new(() => [.. files.Keys.AsParallel().SelectMany(tree => SymbolUse.In(this, compilation.GetSemanticModel(tree)))]);
    }

    internal ProjectArrows Arrows { get; }

    internal CSharpCompilation Compilation { get; }

    /// <summary>The project this one is built on.</summary>
    internal CompiledSources? Below { get; }

    /// <summary>Paths relative to the project's folder, with forward slashes.</summary>
    internal IEnumerable<string> Files => _files.Values;

    internal IReadOnlyList<SymbolUse> Uses => _uses.Value;

    /// <summary>The types that stand directly in a file, with the file.</summary>
    internal IEnumerable<(string File, INamedTypeSymbol Type)> TopLevelTypes =>
        from tree in _files
        let model = Compilation.GetSemanticModel(tree.Key)
        from declaration in tree.Key.GetRoot().DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        where declaration is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
        let type = model.GetDeclaredSymbol(declaration) as INamedTypeSymbol
        where type is not null
        select (tree.Value, type);

    internal IEnumerable<string> CompileErrors =>
        from diagnostic in Compilation.GetDiagnostics()
        where diagnostic.Severity == DiagnosticSeverity.Error
        select diagnostic.ToString();

    internal static CompiledSources Compile(
        ProjectArrows arrows, IEnumerable<(string File, string Text)> sources, CompiledSources? below, bool generate)
    {
        var files = sources.ToDictionary(
            source => CSharpSyntaxTree.ParseText(source.Text, Parsing, source.File), source => source.File);
        var references = below is null
            ? FrameworkParts.References
            : [.. FrameworkParts.References, below.Compilation.ToMetadataReference()];
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true);
        var usings = CSharpSyntaxTree.ParseText(FrameworkParts.ImplicitUsings, Parsing, "ImplicitUsings.g.cs");
        var compilation = CSharpCompilation.Create(arrows.Assembly, [usings, .. files.Keys], references, options);

        return new(arrows, generate ? WithGeneratedHalves(compilation) : compilation, files, below);
    }

    internal static string LayerOf(string file) =>
        file.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? file[..slash] : ArrowTable.Root;

    internal string FileOf(SyntaxTree tree) => _files[tree];

    /// <summary>The layer that declares a type, as this project's rows call it; null when it is not ours.</summary>
    internal string? LayerOf(ITypeSymbol type)
    {
        var outermost = (ITypeSymbol)Outermost(type).OriginalDefinition;
        if (OwnLayerOf(outermost) is { } own)
        {
            return own;
        }

        return Below?.OwnLayerOf(outermost) switch
        {
            null => null,
            ArrowTable.Root => Below.Arrows.Name,
            var layer => $"{Below.Arrows.Name}/{layer}",
        };
    }

    internal static INamedTypeSymbol Outermost(INamedTypeSymbol type) => (INamedTypeSymbol)Outermost((ITypeSymbol)type);

    private static ITypeSymbol Outermost(ITypeSymbol type)
    {
        while (type.ContainingType is { } container)
        {
            type = container;
        }

        return type;
    }

    private static CSharpCompilation WithGeneratedHalves(CSharpCompilation compilation)
    {
        CSharpGeneratorDriver.Create(FrameworkParts.CreateGenerators(), parseOptions: Parsing)
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out _);
        return (CSharpCompilation)generated;
    }

    // By the file, not the namespace: registration extensions stand in Hosting/ and in a namespace of Microsoft's.
    private string? OwnLayerOf(ITypeSymbol outermost)
    {
        foreach (var declaration in outermost.DeclaringSyntaxReferences)
        {
            if (_files.TryGetValue(declaration.SyntaxTree, out var file))
            {
                return LayerOf(file);
            }
        }

        return null;
    }
}
