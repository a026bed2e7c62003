using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// What JSON would lose without a word. It is refused when it is stored: else who made the value would have another one than those who read it.
/// A type is looked at once, when its contract is made, and refused when a value of it is met, wherever in a value it stands; a member that is null hinders nobody.
/// What costs a value something is a class that is not sealed: one comparison of types.
/// </summary>
internal static class JsonLosses
{
    /// <summary>For a resolver's contracts. Values that would come back as less than they are will throw <see cref="NotSupportedException"/>.</summary>
    public static void Refuse(JsonTypeInfo type)
    {
        // Converters know what to do with what they get.
        if (type.Kind == JsonTypeInfoKind.None)
        {
            return;
        }

        if ((type.Kind == JsonTypeInfoKind.Object ? LossOf(type) : LossOfCollection(type)) is { } loss)
        {
            type.OnSerializing = _ => throw new NotSupportedException(loss);
        }
        else if (type.Kind == JsonTypeInfoKind.Object && MayBeLess(type))
        {
            var declared = type.Type;
            type.OnSerializing = (value => RefuseDerived(value, declared)) + type.OnSerializing;
        }
    }

    /// <summary>What any value of the type would lose.</summary>
    private static string? LossOf(JsonTypeInfo type)
    {
        if (typeof(Stream).IsAssignableFrom(type.Type))
        {
            return Stream(type.Type);
        }

        // No value is of an abstract type; that which it is of is looked at by itself.
        if (type.Type.IsAbstract)
        {
            return null;
        }

        var (shown, kept) = (0, 0);
        foreach (var property in type.Properties)
        {
            if (property.Get is null)
            {
                continue;
            }

            shown++;
            if (IsKept(property, type))
            {
                kept++;
            }
            else if (LossOf(property) is { } loss)
            {
                return $"'{type.Type}' cannot be stored as JSON: {loss}";
            }
        }

        // A structure that is all computed has its state where JSON does not see it (BigInteger, Color); a class may have none.
        return type.Type.IsValueType && kept == 0 && (shown > 0 || typeof(ITuple).IsAssignableFrom(type.Type))
            ? $"'{type.Type}' cannot be stored as JSON: none of its properties can be set again. Store the values it is made from, include fields (JsonSerializerOptions.IncludeFields) if it is a tuple, or give it a converter or a serializer."
            : null;
    }

    /// <summary>What a collection is besides its elements. Only a property that says with certainty to be state: collections show much that is computed.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A property that trimming takes away is one that nobody reads.")]
    private static string? LossOfCollection(JsonTypeInfo type)
    {
        foreach (var property in type.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property is { GetMethod: { } getter, SetMethod.IsPublic: true } && getter.IsDefined(typeof(CompilerGeneratedAttribute)) && !property.IsDefined(typeof(JsonIgnoreAttribute)))
            {
                return $"'{type.Type}' cannot be stored as JSON: only the elements of a collection are stored, so its property '{property.Name}' would lose its value. " +
                    "Put the collection and that property into another type, put [JsonIgnore] on the property if it need not be stored, or specify a converter or a serializer.";
            }
        }

        return null;
    }

    private static bool IsKept(JsonPropertyInfo property, JsonTypeInfo type)
    {
        if (property.Set is not null || property.AssociatedParameter is not null || property.ObjectCreationHandling == JsonObjectCreationHandling.Populate)
        {
            return true;
        }

        // Where filling is only preferred, it is done for what can be filled, and nowhere in a type whose constructor has parameters.
        return (type.PreferredPropertyObjectCreationHandling ?? type.Options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate &&
            type.CreateObject is not null && !property.PropertyType.IsValueType && !property.PropertyType.IsArray && property.PropertyType != typeof(string);
    }

    /// <summary>Null for a computed property: that is no state.</summary>
    private static string? LossOf(JsonPropertyInfo property)
    {
        const string Cure =
            "Set it through a constructor parameter of the same name ([JsonConstructor] selects the constructor, and is required on a structure), give it a public setter or init, or [JsonInclude] and another setter, " +
            "put [JsonIgnore] on it if it need not be stored, or give a serializer.";
        switch (property.AttributeProvider)
        {
            case FieldInfo field when !property.Options.IgnoreReadOnlyFields:
                return $"its field '{field.Name}' is readonly, so it would lose its value. {Cure}";
            case PropertyInfo { GetMethod: { } getter } of when !property.Options.IgnoreReadOnlyProperties && (of.SetMethod is not null || getter.IsDefined(typeof(CompilerGeneratedAttribute))):
                return $"its property '{of.Name}' has no public setter, so it would lose its value. {Cure}" +
                    (typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && property.PropertyType != typeof(string)
                        ? " A collection that is always empty when its owner is created can have [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]."
                        : "");
            default:
                return null;
        }
    }

    /// <summary>Whether a value may be more than what its type knows how to make again.</summary>
    private static bool MayBeLess(JsonTypeInfo type)
    {
        // An abstract type with a maker of its own is its resolver's business.
        if (type.Type.IsSealed || (type.Type.IsAbstract && type.CreateObject is not null))
        {
            return false;
        }

        if (type.PolymorphismOptions is not { } known)
        {
            return true;
        }

        if (known.UnknownDerivedTypeHandling != JsonUnknownDerivedTypeHandling.FailSerialization)
        {
            return false;
        }

        // Without a discriminator a derived type would be written in full, and read as its base. It is unknown, then; and what is unknown comes to the comparison, which says what to do.
        for (var i = known.DerivedTypes.Count - 1; i >= 0; i--)
        {
            if (known.DerivedTypes[i].TypeDiscriminator is null)
            {
                known.DerivedTypes.RemoveAt(i);
            }
        }

        known.UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType;
        if (known.DerivedTypes.Count == 0)
        {
            type.PolymorphismOptions = null;
        }

        return true;
    }

    private static void RefuseDerived(object value, Type declared)
    {
        if (value.GetType() != declared)
        {
            throw new NotSupportedException(value is Stream
                ? Stream(value.GetType())
                : $"A value of type '{value.GetType()}' cannot be stored as '{declared}': the data specific to '{value.GetType()}' would be lost. " +
                  $"Put [JsonDerivedType], with a discriminator, on '{declared}', store and read it as '{value.GetType()}', or give a serializer.");
        }
    }

    private static string Stream(Type type) => $"A stream ('{type}') cannot be stored; store its bytes.";
}
