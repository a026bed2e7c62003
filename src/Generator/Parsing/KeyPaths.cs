using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Follows a dotted path from a parameter, or from <c>this</c>.</summary>
internal static class KeyPaths
{
    /// <summary>A value that was found.</summary>
    /// <param name="Expression">How to get it.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="MayBeNull">Whether something on the way may be null, and the value then is.</param>
    internal readonly record struct Value(string Expression, ITypeSymbol Type, bool MayBeNull);

    /// <summary>Follows <paramref name="path"/>; when a step does not exist, <paramref name="problem"/> says which.</summary>
    public static Value? Follow(string root, ITypeSymbol type, bool rootMayBeNull, IEnumerable<string> path, INamedTypeSymbol within, KnownTypes known, out string problem)
    {
        problem = "";
        var value = new Value(root, type, MayBeNull: false);
        var isRoot = true;
        foreach (var step in path)
        {
            var holder = Underlying(value.Type);
            if (Member(holder, step, within, known.Compilation) is not { } member)
            {
                problem = $"'{Display.Plain(holder)}' has no readable property or field '{step}'";
                return null;
            }

            var asks = (!isRoot || rootMayBeNull) && (!value.Type.IsValueType || !KnownTypes.Same(holder, value.Type));
            value = new Value($"{value.Expression}{(asks ? "?." : ".")}{Display.Identifier(step)}", TypeOf(member), value.MayBeNull || asks);
            isRoot = false;
        }

        return value;
    }

    /// <summary>The shape of a value, its nulls included.</summary>
    public static PartShape? ShapeOf(Value value, KnownTypes known, out ITypeSymbol offender)
    {
        var shape = PartShapes.Of(value.Type, known, out offender);
        if (shape is null || !value.MayBeNull || shape.Kind == PartKind.Nullable || value.Type.IsReferenceType)
        {
            return shape;
        }

        // A value type behind "?." is a nullable one; a type parameter there is neither.
        return value.Type.IsValueType ? new PartShape(PartKind.Nullable, Display.Type(value.Type), new EquatableArray<PartShape>([shape])) : null;
    }

    private static ITypeSymbol Underlying(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    private static ITypeSymbol TypeOf(ISymbol member) => member is IPropertySymbol property ? property.Type : ((IFieldSymbol)member).Type;

    private static ISymbol? Member(ITypeSymbol type, string name, INamedTypeSymbol within, Compilation compilation)
    {
        IEnumerable<ITypeSymbol> places = type switch
        {
            ITypeParameterSymbol parameter => parameter.ConstraintTypes.SelectMany(Places),
            _ => Places(type),
        };
        return places.SelectMany(place => place.GetMembers(name)).FirstOrDefault(member =>
            !member.IsStatic && compilation.IsSymbolAccessibleWithin(member, within)
            && member is IFieldSymbol or IPropertySymbol { GetMethod: not null, Parameters.IsEmpty: true });
    }

    private static IEnumerable<ITypeSymbol> Places(ITypeSymbol type)
    {
        for (var place = type; place is not null; place = place.BaseType)
        {
            yield return place;
        }

        foreach (var contract in type.AllInterfaces)
        {
            yield return contract;
        }
    }
}
