using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Packages.Tests.PublicApi;

/// <summary>An assembly's public and protected types and members as text, one a line, in an order that does not depend on the sources'.</summary>
public static partial class PublicFace
{
    private static readonly SymbolDisplayFormat s_type = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeVariance | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        parameterOptions: Parameters,
        miscellaneousOptions: Names);

    private static readonly SymbolDisplayFormat s_name = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted, SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces, SymbolDisplayGenericsOptions.IncludeTypeParameters, miscellaneousOptions: Names);

    private static readonly SymbolDisplayFormat s_member = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeExplicitInterface,
        extensionMethodStyle: SymbolDisplayExtensionMethodStyle.StaticMethod,
        parameterOptions: Parameters,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: Names);

    // What the compiler writes for itself, and what is said already by the words in front of it.
    private static readonly HashSet<string> s_silent =
    [
        "NullableAttribute", "NullableContextAttribute", "CompilerGeneratedAttribute", "AsyncStateMachineAttribute", "IsReadOnlyAttribute", "ExtensionAttribute", "RequiredMemberAttribute",
        "DebuggerStepThroughAttribute", "IteratorStateMachineAttribute", "AsyncIteratorStateMachineAttribute", "RefSafetyRulesAttribute", "ScopedRefAttribute", "TupleElementNamesAttribute",
        "DefaultMemberAttribute", "ParamCollectionAttribute", "ObsoleteAttribute", "CompilerFeatureRequiredAttribute", "UnconditionalSuppressMessageAttribute", "GeneratedCodeAttribute",
    ];

    private const SymbolDisplayParameterOptions Parameters =
        SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
        | SymbolDisplayParameterOptions.IncludeModifiers | SymbolDisplayParameterOptions.IncludeExtensionThis;

    private const SymbolDisplayMiscellaneousOptions Names =
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
        | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral;

    /// <summary>The public face of an assembly, which refers to the platform and to some others.</summary>
    public static string Of(string assembly, IEnumerable<string> others)
    {
        var subject = MetadataReference.CreateFromFile(assembly);
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(file).StartsWith("Microsoft.", StringComparison.Ordinal) || Path.GetFileName(file) is "mscorlib.dll" or "netstandard.dll");
        var compilation = CSharpCompilation.Create("Reader", references: [subject, .. platform.Concat(others.Except([assembly])).Select(static file => MetadataReference.CreateFromFile(file))]);
        var text = new StringBuilder();
        foreach (var type in Types(((IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(subject)!).GlobalNamespace).OrderBy(static type => type.ToDisplayString(s_name), StringComparer.Ordinal))
        {
            Append(text, type);
        }

        return text.ToString();
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol place) =>
        place.GetMembers().OfType<INamespaceOrTypeSymbol>().SelectMany(static member => member switch
        {
            INamespaceSymbol => Types(member),
            INamedTypeSymbol type when IsVisible(type) => Types(type).Prepend(type),
            _ => [],
        });

    private static void Append(StringBuilder text, INamedTypeSymbol type)
    {
        text.Append(Attributes(type)).Append(Modifiers(type)).Append(type.ToDisplayString(s_type));
        if (type.TypeKind is TypeKind.Enum && type.EnumUnderlyingType!.SpecialType is not SpecialType.System_Int32)
        {
            text.Append(" : ").Append(type.EnumUnderlyingType!.ToDisplayString(s_member));
        }

        string[] bases =
        [
            .. type.BaseType is { SpecialType: SpecialType.None } super && type.TypeKind is TypeKind.Class ? [super.ToDisplayString(s_name)] : Array.Empty<string>(),
            .. type.Interfaces.Where(IsVisible).Select(static face => face.ToDisplayString(s_name)).Order(StringComparer.Ordinal),
        ];
        text.Append(bases.Length > 0 && type.TypeKind is not TypeKind.Enum ? " : " + string.Join(", ", bases) : "").Append('\n');
        foreach (var member in type.GetMembers().Where(IsShown)
            .OrderBy(static member => member is IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } value ? Convert.ToInt64(value.ConstantValue, CultureInfo.InvariantCulture) : 0)
            .ThenBy(static member => member.Name, StringComparer.Ordinal).ThenBy(Line, StringComparer.Ordinal))
        {
            text.Append("    ").Append(Line(member)).Append('\n');
        }
    }

    private static string Line(ISymbol member) => Attributes(member) + (member switch
    {
        IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } value => $"{value.Name} = {value.ConstantValue}",
        // A setter that nobody outside can call is none.
        IPropertySymbol { SetMethod: { } setter } when !IsVisible(setter) =>
            member.ToDisplayString(s_member).Replace("private set; ", "", StringComparison.Ordinal).Replace("internal set; ", "", StringComparison.Ordinal).Replace("internal init; ", "", StringComparison.Ordinal),
        _ => member.ToDisplayString(s_member),
    });

    private static string Modifiers(INamedTypeSymbol type) => string.Concat(
        type.DeclaredAccessibility is Accessibility.Public ? "public " : "protected ",
        type.IsStatic ? "static " : "",
        type is { IsAbstract: true, IsStatic: false, TypeKind: TypeKind.Class } ? "abstract " : "",
        type is { IsSealed: true, TypeKind: TypeKind.Class, IsStatic: false } ? "sealed " : "");

    // Those that change what callers can do, are told, or find.
    private static string Attributes(ISymbol symbol) => string.Concat(
        Shown(symbol, "").Order(StringComparer.Ordinal)
            .Concat(symbol is IMethodSymbol method ? method.Parameters.SelectMany(static parameter => Shown(parameter, parameter.Name + ": ")) : [])
            .Select(static attribute => $"[{attribute}] "));

    private static IEnumerable<string> Shown(ISymbol symbol, string place) => symbol.GetAttributes()
        .Where(static attribute => attribute.AttributeClass is { } type && !s_silent.Contains(type.Name))
        .Select(attribute => place + AttributeName().Replace(attribute.ToString()!, "${name}"));

    private static bool IsShown(ISymbol member) => IsVisible(member) && member switch
    {
        INamedTypeSymbol => false,                                              // stands by itself
        IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove } => false,
        IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType.TypeKind: TypeKind.Struct or TypeKind.Enum, Parameters.Length: 0 } => false,
        IMethodSymbol { ContainingType.TypeKind: TypeKind.Delegate } => false,
        // What records are given by the compiler.
        _ => member is IPropertySymbol || !member.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name is "CompilerGeneratedAttribute"),
    };

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType));

    [GeneratedRegex(@"^[\w.]*?(?<name>\w+?)Attribute\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AttributeName();
}
