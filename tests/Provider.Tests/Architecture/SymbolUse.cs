using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Provider.Tests.Architecture;

/// <summary>A type or a member of a type that a line of source uses.</summary>
/// <param name="Layer">The layer of the file.</param>
/// <param name="Type">The outermost type around the line.</param>
internal sealed record SymbolUse(CompiledSources Project, string File, string Layer, string Type, int Line, ISymbol Symbol)
{
    /// <summary>The symbol itself, or the type that declares it.</summary>
    internal ITypeSymbol UsedType => Symbol as ITypeSymbol ?? Symbol.ContainingType;

    public override string ToString() =>
        $"{Project.Arrows.Folder}/{File}:{Line}: {Symbol.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)}";

    /// <summary>
    /// Everything a file uses. The type of every expression counts, named or not: who passes a value on knows it.
    /// Names in comments and unused using directives do not count.
    /// </summary>
    internal static IEnumerable<SymbolUse> In(CompiledSources project, SemanticModel model)
    {
        var file = project.FileOf(model.SyntaxTree);
        var layer = CompiledSources.LayerOf(file);
        var seen = new HashSet<(string, ISymbol)>(Seen.Comparer);
        foreach (var node in model.SyntaxTree.GetRoot().DescendantNodes())
        {
            if (node is not (ExpressionSyntax or AttributeSyntax or ConstructorInitializerSyntax or QueryClauseSyntax
                or SelectOrGroupClauseSyntax or OrderingSyntax or PrimaryConstructorBaseTypeSyntax))
            {
                continue;
            }

            var type = EnclosingType(node);
            foreach (var symbol in At(node, model).SelectMany(Unwrap))
            {
                // One line a file, type and symbol is enough to find a fault by.
                if (seen.Add((type, symbol)))
                {
                    var line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                    yield return new(project, file, layer, type, line, symbol);
                }
            }
        }
    }

    private static IEnumerable<ISymbol?> At(SyntaxNode node, SemanticModel model)
    {
        var symbol = model.GetSymbolInfo(node);
        yield return symbol.Symbol;

        // The name of a method group in nameof has several meanings; all are known to the writer.
        foreach (var candidate in symbol.CandidateSymbols)
        {
            yield return candidate;
        }

        var type = model.GetTypeInfo(node);
        yield return type.Type;
        yield return type.ConvertedType;
    }

    /// <summary>The definitions inside a constructed symbol: <c>Task&lt;Reply[]&gt;</c> uses Task and Reply.</summary>
    private static IEnumerable<ISymbol> Unwrap(ISymbol? symbol) => symbol switch
    {
        IAliasSymbol alias => Unwrap(alias.Target),
        IArrayTypeSymbol array => Unwrap(array.ElementType),
        IPointerTypeSymbol pointer => Unwrap(pointer.PointedAtType),
        IFunctionPointerTypeSymbol function => Unwrap(function.Signature.ReturnType)
            .Concat(function.Signature.Parameters.SelectMany(parameter => Unwrap(parameter.Type))),
        INamedTypeSymbol { TypeKind: not TypeKind.Error } named => UnwrapNamed(named),
        IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.LocalFunction } => [],
        IMethodSymbol method => UnwrapMethod(method.ReducedFrom ?? method).Concat(method.TypeArguments.SelectMany(Unwrap)),
        IFieldSymbol or IPropertySymbol or IEventSymbol => UnwrapMember(symbol),
        _ => [],
    };

    private static IEnumerable<ISymbol> UnwrapNamed(INamedTypeSymbol type)
    {
        if (type.IsTupleType)
        {
            return type.TupleElements.SelectMany(element => Unwrap(element.Type));
        }

        var inside = type.TypeArguments.SelectMany(Unwrap);
        if (type.ContainingType is { } container)
        {
            inside = inside.Concat(Unwrap(container));
        }

        return type.IsAnonymousType ? inside : inside.Prepend(type.OriginalDefinition);
    }

    private static IEnumerable<ISymbol> UnwrapMethod(IMethodSymbol method) =>
        method.ContainingType is null ? [] : UnwrapMember(method);

    private static IEnumerable<ISymbol> UnwrapMember(ISymbol member) =>
        Unwrap(member.ContainingType).Prepend(member.OriginalDefinition);

    private static string EnclosingType(SyntaxNode node) =>
        node.Ancestors().LastOrDefault(outer => outer is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax) switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.Text,
            DelegateDeclarationSyntax type => type.Identifier.Text,
            _ => "",
        };

    private sealed class Seen : IEqualityComparer<(string Type, ISymbol Symbol)>
    {
        internal static readonly Seen Comparer = new();

        public bool Equals((string Type, ISymbol Symbol) x, (string Type, ISymbol Symbol) y) =>
            x.Type == y.Type && SymbolEqualityComparer.Default.Equals(x.Symbol, y.Symbol);

        public int GetHashCode((string Type, ISymbol Symbol) use) =>
            HashCode.Combine(use.Type, SymbolEqualityComparer.Default.GetHashCode(use.Symbol));
    }
}
