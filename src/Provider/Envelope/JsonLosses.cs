using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// What JSON would lose without a word. It is refused when it is stored: else who made the value would have another one than those who read it.
/// Of a value itself its type is looked at; members are stored by the types they are declared with, as JSON does everywhere.
/// </summary>
internal static class JsonLosses
{
    /// <exception cref="NotSupportedException">The value would come back as less than it is.</exception>
    public static void Refuse<T>(T value, JsonTypeInfo type)
    {
        // Folds away for value types. Of others nearly all are what they are declared as, which costs this comparison.
        if (typeof(T).IsValueType)
        {
            return;
        }

        if (value is Stream && !IsConverted(type, value.GetType()))
        {
            throw new NotSupportedException($"A stream ('{value.GetType()}') cannot be stored; store its bytes.");
        }

        if (value!.GetType() != typeof(T))
        {
            RefuseDerived(type, value.GetType());
        }
    }

    /// <summary>For a resolver by reflection: a field that is written and cannot be set again.</summary>
    /// <exception cref="NotSupportedException">The type has one.</exception>
    public static void RefuseReadOnlyFields(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            if (property is { Get: not null, AssociatedParameter: null, AttributeProvider: FieldInfo { IsInitOnly: true } field })
            {
                throw new NotSupportedException(
                    $"'{type.Type}' cannot be stored as JSON: its field '{field.Name}' is readonly, and would come back without its value. " +
                    "Give the constructor a parameter of its name, make it a property, put [JsonIgnore] on it if it need not be stored, or give a serializer.");
            }
        }
    }

    private static void RefuseDerived(JsonTypeInfo declared, Type actual)
    {
        // Converters and collections know what to do with what is behind an interface; an abstract type with a maker of its own is its resolver's business.
        if (declared.Kind != JsonTypeInfoKind.Object || (declared.CreateObject is not null && declared.Type.IsAbstract))
        {
            return;
        }

        if (declared.PolymorphismOptions is { } known && !IsForgotten(known, actual))
        {
            return;
        }

        throw new NotSupportedException(
            $"A value of type '{actual}' cannot be stored as '{declared.Type}': what makes it a '{actual}' would be lost. " +
            $"Put [JsonDerivedType], with a discriminator, on '{declared.Type}', store and read it as '{actual}', or give a serializer.");
    }

    private static bool IsConverted(JsonTypeInfo declared, Type actual) =>
        (declared.Type == typeof(object) ? declared.Options.GetTypeInfo(actual) : declared).Kind != JsonTypeInfoKind.Object;

    /// <summary>A derived type without a discriminator is written in full, and read as its base.</summary>
    private static bool IsForgotten(JsonPolymorphismOptions known, Type actual)
    {
        foreach (var derived in known.DerivedTypes)
        {
            if (derived.DerivedType == actual)
            {
                return derived.TypeDiscriminator is null;
            }
        }

        return false;
    }
}
