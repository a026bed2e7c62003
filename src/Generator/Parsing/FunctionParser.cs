using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>
/// Reads a method that bears <c>[Cached]</c>. The generator takes the model, the analyzer the issues; both run the same code, so that nothing is written that was
/// complained about.
/// </summary>
internal static class FunctionParser
{
    /// <summary>The model; null when nothing can be written at all.</summary>
    public static FunctionModel? Parse(IMethodSymbol method, KnownTypes known, Issues issues, CancellationToken cancellationToken)
    {
        var attribute = Attribute(method, KnownTypes.CachedAttribute);
        if (attribute is null || known.ScopedCache is null)
        {
            return null;
        }

        var defaults = Attribute(method.ContainingType, KnownTypes.DefaultsAttribute);
        var function = new FunctionContext(
            method, known, new AttributeReader(attribute, cancellationToken), new AttributeReader(defaults, cancellationToken), issues, cancellationToken);
        if (HostParser.Parse(function) is not { } host || !IsDeclaredRight(function))
        {
            return null;
        }

        var result = SignatureParser.Result(function, out var kind);
        var parameters = SignatureParser.Parameters(function);
        var caches = CacheFinder.Find(function, parameters);
        var skip = SkipParser.Parse(function);
        var key = KeyParser.Parse(function, parameters, skip);
        var body = BodyFinder.Find(function, parameters, kind, out var bodySymbol);
        var terms = TermsParser.Parse(function, bodySymbol);
        var (names, constraints) = Display.Generics(method);
        return new FunctionModel(
            host,
            method.Name,
            Position(method),
            Modifiers(method, cancellationToken),
            Display.Accessibility(method),
            method.IsStatic,
            new GenericsModel(names, constraints),
            result,
            kind,
            parameters,
            function.SelfName,
            caches ?? new CachesModel("", IsParameter: false),
            body ?? new BodyModel("", IsStatic: false, default, kind),
            key ?? new KeyModel(default, default, UsesSelf: false, ""),
            skip,
            terms,
            issues.Broken);
    }

    public static AttributeData? Attribute(ISymbol symbol, string name) =>
        symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass is { } type && KnownTypes.Is(type, name));

    /// <summary>The cached functions of a type, in the order of its source.</summary>
    public static IEnumerable<IMethodSymbol> FunctionsOf(INamedTypeSymbol type) =>
        type.GetMembers().OfType<IMethodSymbol>().Where(static method => Attribute(method, KnownTypes.CachedAttribute) is not null);

    // Overloads are numbered among themselves, so that another function beside them changes nothing.
    private static int Position(IMethodSymbol method) =>
        FunctionsOf(method.ContainingType).Where(other => other.Name == method.Name).TakeWhile(other => !KnownTypes.Same(other, method)).Count();

    private static bool IsDeclaredRight(FunctionContext function)
    {
        var method = function.Method;
        if (method.ContainingType.TypeKind == TypeKind.Interface || (method.IsPartialDefinition && !IsWritten(method.PartialImplementationPart)))
        {
            return true;
        }

        function.Report(Rules.MustBePartial, function.NameLocation, FunctionModel.BodyNameOf(method.Name));
        return false;
    }

    // The analyzer sees the half that the generator wrote.
    private static bool IsWritten(IMethodSymbol? half) =>
        half is not null && !half.Locations.Any(static place => place.SourceTree?.FilePath.EndsWith(HostParser.FileEnding, StringComparison.Ordinal) == true);

    private static string Modifiers(IMethodSymbol method, CancellationToken cancellationToken) =>
        method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellationToken) is MethodDeclarationSyntax syntax
            ? string.Join(" ", syntax.Modifiers.Where(static modifier => !modifier.IsKind(SyntaxKind.AsyncKeyword)).Select(static modifier => modifier.Text))
            : "";
}

/// <summary>The function that is being read.</summary>
internal sealed record FunctionContext(
    IMethodSymbol Method, KnownTypes Known, AttributeReader Cached, AttributeReader Defaults, Issues Issues, CancellationToken CancellationToken)
{
    public INamedTypeSymbol Host => Method.ContainingType;

    public bool OnInterface => Host.TypeKind == TypeKind.Interface;

    /// <summary>How the function names the object it belongs to.</summary>
    public string Self => OnInterface ? "_service" : "this";

    /// <summary>What the object is called where the key is made.</summary>
    public string SelfName => Method.Parameters.Any(static parameter => parameter.Name == "self") ? "selfObject" : "self";

    public Location? NameLocation => Method.Locations.FirstOrDefault();

    /// <summary>How messages name the function.</summary>
    public string Title => $"{Host.Name}.{Method.Name}";

    /// <summary>Reports; the function's name is the first argument of every message.</summary>
    public void Report(DiagnosticDescriptor rule, Location? location, params object?[] arguments) =>
        Issues.Add(rule, location ?? NameLocation, [Title, .. arguments]);
}
