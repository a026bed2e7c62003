using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Symbols as C# text that means the same wherever it stands.</summary>
internal static class Display
{
    private static readonly SymbolDisplayFormat s_type = SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    private static readonly SymbolDisplayFormat s_plain = SymbolDisplayFormat.CSharpErrorMessageFormat;

    private static readonly SymbolDisplayFormat s_constraints = SymbolDisplayFormat.FullyQualifiedFormat
        .WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints)
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    public static string Type(ITypeSymbol type) => type.ToDisplayString(s_type);

    /// <summary>For messages.</summary>
    public static string Plain(ISymbol symbol) => symbol.ToDisplayString(s_plain);

    public static string Identifier(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None ? "@" + name : name;

    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    public static string Accessibility(ISymbol symbol) => SyntaxFacts.GetText(symbol.DeclaredAccessibility);

    /// <summary>The type parameters of a method or type: <c>&lt;T&gt;</c> and <c>where T : class</c>.</summary>
    public static (string Names, string Constraints) Generics(ISymbol symbol)
    {
        var parameters = symbol switch
        {
            IMethodSymbol method => method.TypeParameters,
            INamedTypeSymbol type => type.TypeParameters,
            _ => [],
        };
        if (parameters.IsEmpty)
        {
            return ("", "");
        }

        var text = symbol.ToDisplayString(s_constraints);
        var where = text.IndexOf(" where ", StringComparison.Ordinal);
        return ($"<{string.Join(", ", parameters.Select(static parameter => Identifier(parameter.Name)))}>", where < 0 ? "" : text.Substring(where));
    }

    /// <summary>The default value of a parameter, <c> = 1</c>.</summary>
    public static string Default(IParameterSymbol parameter)
    {
        if (!parameter.HasExplicitDefaultValue)
        {
            return "";
        }

        var value = parameter.ExplicitDefaultValue;
        var type = parameter.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : parameter.Type;
        return value is null ? " = default"
            : type.TypeKind == TypeKind.Enum ? $" = ({Type(type)})({Primitive(value)})"
            : $" = {Primitive(value)}";
    }

    private static string Primitive(object value) => value switch
    {
        float.NaN => "float.NaN",
        double.NaN => "double.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        float => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + "F",
        double => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + "D",
        decimal => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) + "M",
        _ => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false)!,
    };
}
