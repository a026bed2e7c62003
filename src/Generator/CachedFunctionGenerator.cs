using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using ScopedCaching.Generator.Emitting;
using ScopedCaching.Generator.Models;
using ScopedCaching.Generator.Parsing;

namespace ScopedCaching.Generator;

/// <summary>
/// Writes the caching of functions that bear <c>[Cached]</c>. Each function becomes a model of plain text; a type is written anew only when one of its models
/// changed. What is wrong is told by <see cref="CachedFunctionAnalyzer"/>.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class CachedFunctionGenerator : IIncrementalGenerator
{
    /// <summary>The step that reads functions.</summary>
    public const string FunctionsStep = "Functions";

    /// <summary>The step that gathers them by type.</summary>
    public const string TypesStep = "Types";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var functions = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownTypes.CachedAttribute, static (node, _) => node is MethodDeclarationSyntax, Read)
            .Where(static function => function is not null)
            .Select(static (function, _) => function!)
            .WithTrackingName(FunctionsStep);
        var types = functions.Collect().SelectMany(static (all, _) => ByType(all)).WithTrackingName(TypesStep);
        context.RegisterSourceOutput(types, static (output, type) => Add(output, type.Host.FileName, HostWriter.Write(type.Host, type.Functions)));
        var contracts = types.Where(static type => type.Host.Interface is not null)
            .Select(static (type, _) => (type.Host.Namespace, Contract: type.Host.Interface!))
            .Collect();
        context.RegisterSourceOutput(contracts, static (output, all) =>
        {
            if (!all.IsEmpty)
            {
                Add(output, "CachedServices.g.cs", InterfaceWriter.WriteRegistrations(all));
            }
        });
    }

    private static FunctionModel? Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken) =>
        context.TargetSymbol is IMethodSymbol method
            ? FunctionParser.Parse(method, new KnownTypes(context.SemanticModel.Compilation), new Issues(), cancellationToken)
            : null;

    private static IEnumerable<HostFunctions> ByType(ImmutableArray<FunctionModel> functions) =>
        functions.GroupBy(static function => function.Host).Select(static group => new HostFunctions(group.Key, group.ToEquatable()));

    private static void Add(SourceProductionContext output, string name, string text) => output.AddSource(name, SourceText.From(text, Encoding.UTF8));

    private sealed record HostFunctions(HostModel Host, EquatableArray<FunctionModel> Functions);
}
