using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Which types can stand in a key, and how they are written.</summary>
internal static class PartShapes
{
    private const int Deepest = 8;

    private static readonly HashSet<string> s_direct =
    [
        "System.Int128", "System.UInt128", "System.Numerics.BigInteger", "System.Half", "System.Guid", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly",
        "System.TimeSpan", "System.Uri",
    ];

    /// <summary>The shape; null when the type cannot stand in a key, and then <paramref name="offender"/> says which type inside it is why.</summary>
    public static PartShape? Of(ITypeSymbol type, KnownTypes known, out ITypeSymbol offender) => Of(type, known, Deepest, out offender);

    private static PartShape? Of(ITypeSymbol type, KnownTypes known, int depth, out ITypeSymbol offender)
    {
        offender = type;
        if (depth == 0)
        {
            return null;
        }

        if (Simple(type, known) is { } simple)
        {
            return simple;
        }

        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            return Of(nullable.TypeArguments[0], known, depth - 1, out offender) is { } inner ? new PartShape(PartKind.Nullable, Display.Type(nullable.TypeArguments[0]), Inner(inner)) : null;
        }

        if (type is INamedTypeSymbol { IsTupleType: true } tuple)
        {
            return Members(tuple.TupleElements.Select(static element => (Display.Identifier(element.Name), element.Type)), known, depth, out offender);
        }

        return Many(type, known, depth, ref offender);
    }

    private static PartShape? Simple(ITypeSymbol type, KnownTypes known)
    {
        var direct = new PartShape(PartKind.Direct, Display.Type(type));
        switch (type.SpecialType)
        {
            case SpecialType.System_String or SpecialType.System_Boolean or SpecialType.System_Char or SpecialType.System_Single or SpecialType.System_Double
                or SpecialType.System_Decimal or SpecialType.System_DateTime:
                return direct;
            case SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32
                or SpecialType.System_UInt32 or SpecialType.System_Int64 or SpecialType.System_IntPtr:
                return new PartShape(PartKind.Cast, "long");
            case SpecialType.System_UInt64 or SpecialType.System_UIntPtr:
                return new PartShape(PartKind.Cast, "ulong");
        }

        return type switch
        {
            INamedTypeSymbol { EnumUnderlyingType: { } number } => new PartShape(PartKind.Cast, number.SpecialType == SpecialType.System_UInt64 ? "ulong" : "long"),
            ITypeParameterSymbol => new PartShape(PartKind.Any, Display.Type(type)),
            IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte } => direct,
            INamedTypeSymbol { Name: "Memory" or "ReadOnlyMemory", TypeArguments: { Length: 1 } held } when held[0].SpecialType == SpecialType.System_Byte => direct,
            _ when known.KeyPart is { } own && (KnownTypes.Same(type, own) || KnownTypes.Implements(type, own)) =>
                new PartShape(PartKind.Cast, "global::ScopedCaching.ICacheKeyPart" + (type.IsReferenceType ? "?" : "")),
            _ => s_direct.Contains(KnownTypes.Name(type)) ? direct : null,
        };
    }

    private static PartShape? Many(ITypeSymbol type, KnownTypes known, int depth, ref ITypeSymbol offender)
    {
        if (type is IArrayTypeSymbol { Rank: > 1 } or { IsRefLikeType: true })
        {
            return null;
        }

        if (type is INamedTypeSymbol { Name: "KeyValuePair", TypeArguments: { Length: 2 } pair })
        {
            return Members([("Key", pair[0]), ("Value", pair[1])], known, depth, out offender);
        }

        if (Item(type) is not { } item || Of(item, known, depth - 1, out offender) is not { } inner)
        {
            return null;
        }

        var kind = item is INamedTypeSymbol { Name: "KeyValuePair" } && IsAny(type, "IDictionary`2", "IReadOnlyDictionary`2") ? PartKind.Dictionary
            : IsAny(type, "ISet`1", "IReadOnlySet`1") ? PartKind.Set
            : PartKind.Sequence;
        return new PartShape(kind, Display.Type(item), Inner(inner));
    }

    private static PartShape? Members(IEnumerable<(string Name, ITypeSymbol Type)> members, KnownTypes known, int depth, out ITypeSymbol offender)
    {
        offender = null!;
        List<PartShape> shapes = [];
        List<string> names = [];
        foreach (var (name, type) in members)
        {
            if (Of(type, known, depth - 1, out offender) is not { } shape)
            {
                return null;
            }

            shapes.Add(shape);
            names.Add(name);
        }

        return new PartShape(PartKind.Tuple, "", shapes.ToEquatable(), names.ToEquatable());
    }

    private static EquatableArray<PartShape> Inner(PartShape shape) => new([shape]);

    // Collections only: what merely can be enumerated (a query, a stream of results) is not a value.
    private static ITypeSymbol? Item(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
        {
            return array.ElementType;
        }

        if (IsAny(type, "IQueryable`1"))
        {
            return null;
        }

        return Contracts(type).FirstOrDefault(static contract => contract.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T)?.TypeArguments[0];
    }

    private static bool IsAny(ITypeSymbol type, params string[] names) => Contracts(type).Any(contract => names.Contains(contract.MetadataName));

    private static IEnumerable<INamedTypeSymbol> Contracts(ITypeSymbol type) =>
        type is INamedTypeSymbol { TypeKind: TypeKind.Interface } itself ? [itself, .. type.AllInterfaces] : type.AllInterfaces;
}
