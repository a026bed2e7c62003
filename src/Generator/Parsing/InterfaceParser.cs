using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads the rest of an interface with cached methods: what the class that wraps a service hands on.</summary>
internal static class InterfaceParser
{
    /// <summary>Why it cannot be wrapped; null when it can.</summary>
    public static string? Problem(INamedTypeSymbol type)
    {
        if (type.IsGenericType || type.ContainingType is { IsGenericType: true })
        {
            return "it is generic; cache the functions of the class that implements it instead";
        }

        if (type.IsFileLocal || type.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Internal))
        {
            return "generated code cannot see it: make it internal or public";
        }

        var other = Members(type).FirstOrDefault(static member => member.IsStatic ? member.IsAbstract : !CanBeForwarded(member));
        return other is null ? null : $"'{other.Name}' cannot be handed on, because it is static, or returns by reference";
    }

    public static InterfaceModel Parse(INamedTypeSymbol type)
    {
        var stem = type.Name.Length > 1 && type.Name[0] == 'I' && char.IsUpper(type.Name[1]) ? type.Name.Substring(1) : type.Name;
        var forwarded = Members(type).Where(member => !member.IsStatic && !(IsCached(member) && KnownTypes.Same(member.ContainingType, type))).Select(Forward).Where(static text => text.Length > 0);
        return new InterfaceModel(Display.Type(type), Display.Accessibility(type), $"Cached{stem}", $"I{stem}Cache", forwarded.ToEquatable());
    }

    private static IEnumerable<ISymbol> Members(INamedTypeSymbol type) =>
        type.GetMembers().Concat(type.AllInterfaces.SelectMany(static contract => contract.GetMembers()))
            .Where(static member => member is not IMethodSymbol { MethodKind: not MethodKind.Ordinary } and not INamedTypeSymbol && (member.IsAbstract || member.IsVirtual));

    private static bool IsCached(ISymbol member) => FunctionParser.Attribute(member, KnownTypes.CachedAttribute) is not null;

    private static bool CanBeForwarded(ISymbol member) => member switch
    {
        IMethodSymbol method => method.RefKind == RefKind.None,
        IPropertySymbol property => property.RefKind == RefKind.None,
        _ => true,
    };

    // Explicitly, so that members of several interfaces with one name stay apart.
    private static string Forward(ISymbol member)
    {
        var contract = Display.Type(member.ContainingType);
        var service = $"(({contract})_service)";
        switch (member)
        {
            case IMethodSymbol method:
                var generics = Display.Generics(method).Names;
                var parameters = string.Join(", ", method.Parameters.Select(Declared));
                var arguments = string.Join(", ", method.Parameters.Select(Passed));
                var result = method.ReturnsVoid ? "void" : Display.Type(method.ReturnType);
                return $"{result} {contract}.{Display.Identifier(method.Name)}{generics}({parameters}) => {service}.{Display.Identifier(method.Name)}{generics}({arguments});";
            case IPropertySymbol property:
                var index = string.Join(", ", property.Parameters.Select(static parameter => Display.Identifier(parameter.Name)));
                var access = property.IsIndexer ? $"{service}[{index}]" : $"{service}.{Display.Identifier(property.Name)}";
                var name = property.IsIndexer ? $"this[{string.Join(", ", property.Parameters.Select(Declared))}]" : Display.Identifier(property.Name);
                var setter = property.SetMethod is not { } set ? "" : set.IsInitOnly ? " init => throw new global::System.NotSupportedException();" : $" set => {access} = value;";
                return $"{Display.Type(property.Type)} {contract}.{name} {{{(property.GetMethod is null ? "" : $" get => {access};")}{setter} }}";
            case IEventSymbol happening:
                return $"event {Display.Type(happening.Type)} {contract}.{Display.Identifier(happening.Name)} {{ add => {service}.{Display.Identifier(happening.Name)} += value; remove => {service}.{Display.Identifier(happening.Name)} -= value; }}";
            default:
                return "";
        }
    }

    private static string Declared(IParameterSymbol parameter) => $"{Word(parameter.RefKind)}{Display.Type(parameter.Type)} {Display.Identifier(parameter.Name)}";

    private static string Passed(IParameterSymbol parameter) =>
        $"{(parameter.RefKind == RefKind.RefReadOnlyParameter ? "in " : Word(parameter.RefKind))}{Display.Identifier(parameter.Name)}";

    private static string Word(RefKind kind) => kind switch
    {
        RefKind.Ref => "ref ",
        RefKind.Out => "out ",
        RefKind.In => "in ",
        RefKind.RefReadOnlyParameter => "ref readonly ",
        _ => "",
    };
}
