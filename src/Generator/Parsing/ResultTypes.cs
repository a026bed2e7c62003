using Microsoft.CodeAnalysis;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Which results do not survive being stored as JSON. Only what is certain is told: most types do, and some have converters elsewhere.</summary>
internal static class ResultTypes
{
    private static readonly HashSet<string> s_never =
    [
        "System.IO.Stream", "System.Type", "System.Threading.CancellationToken", "System.Threading.Tasks.Task", "System.Threading.Tasks.Task`1", "System.Threading.Tasks.ValueTask",
        "System.Threading.Tasks.ValueTask`1", "System.IntPtr", "System.UIntPtr", "System.Linq.IQueryable", "System.Linq.IQueryable`1", "System.Collections.IEnumerator",
        "System.Collections.Generic.IEnumerator`1", "System.Collections.Generic.IAsyncEnumerable`1", "System.IServiceProvider", "Microsoft.AspNetCore.Http.HttpContext",
    ];

    private static readonly HashSet<string> s_interfaces =
    [
        "IEnumerable`1", "ICollection`1", "IList`1", "IReadOnlyCollection`1", "IReadOnlyList`1", "ISet`1", "IReadOnlySet`1", "IDictionary`2", "IReadOnlyDictionary`2",
        "IImmutableList`1", "IImmutableSet`1", "IImmutableDictionary`2", "IImmutableQueue`1", "IImmutableStack`1",
    ];

    /// <summary>Whether the type cannot be stored; then which type inside it is why, and why.</summary>
    public static bool Problem(ITypeSymbol type, out ITypeSymbol offender, out string reason)
    {
        var found = Find(type, new HashSet<ITypeSymbol>(SymbolEqualityComparer.Default));
        (offender, reason) = found ?? (type, "");
        return found is not null;
    }

    private static (ITypeSymbol Offender, string Reason)? Find(ITypeSymbol type, HashSet<ITypeSymbol> seen)
    {
        if (!seen.Add(type))
        {
            return null;
        }

        if (Itself(type) is { } reason)
        {
            return (type, reason);
        }

        var inside = type switch
        {
            IArrayTypeSymbol array => [array.ElementType],
            INamedTypeSymbol { IsGenericType: true } generic when IsOfTheFramework(type) => generic.TypeArguments,
            INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } named when !IsOfTheFramework(type) && !HasConverter(type) => Properties(named),
            _ => Enumerable.Empty<ITypeSymbol>(),
        };
        return inside.Select(held => Find(held, seen)).FirstOrDefault(static found => found is not null);
    }

    private static string? Itself(ITypeSymbol type)
    {
        switch (type)
        {
            case { SpecialType: SpecialType.System_Object } or IDynamicTypeSymbol:
                return "it comes back as JSON, not as what it was";
            case { TypeKind: TypeKind.Delegate or TypeKind.Pointer or TypeKind.FunctionPointer } or { IsRefLikeType: true }:
                return "it is no data";
            case IArrayTypeSymbol { Rank: > 1 }:
                return "arrays of several dimensions are not stored; an array of arrays is";
            case INamedTypeSymbol { IsTupleType: true }:
                return "the fields of a tuple are stored only where the JSON options include fields; a record's properties always are";
        }

        for (var place = type; place is not null; place = place.BaseType)
        {
            if (s_never.Contains(KnownTypes.Name(place)))
            {
                return "it is no data";
            }
        }

        var isOpen = type is INamedTypeSymbol { TypeKind: TypeKind.Interface } or INamedTypeSymbol { TypeKind: TypeKind.Class, IsAbstract: true };
        return isOpen && !HasConverter(type) && !(IsOfTheFramework(type) && (s_interfaces.Contains(type.MetadataName) || type.TypeKind == TypeKind.Class))
            ? "which type to make again is not known; name a concrete one, or give it [JsonDerivedType]"
            : null;
    }

    private static IEnumerable<ITypeSymbol> Properties(INamedTypeSymbol type) =>
        from property in type.GetMembers().OfType<IPropertySymbol>()
        where property is { IsStatic: false, DeclaredAccessibility: Accessibility.Public, GetMethod: not null, Parameters.IsEmpty: true }
        where !property.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name is "JsonIgnoreAttribute" or "JsonConverterAttribute")
        select property.Type;

    private static bool HasConverter(ITypeSymbol type) => type.GetAttributes().Any(static attribute =>
        attribute.AttributeClass?.Name is "JsonConverterAttribute" or "JsonDerivedTypeAttribute" or "JsonPolymorphicAttribute");

    private static bool IsOfTheFramework(ITypeSymbol type)
    {
        var space = type.ContainingNamespace?.ToDisplayString() ?? "";
        return space == "System" || space.StartsWith("System.", StringComparison.Ordinal);
    }
}
