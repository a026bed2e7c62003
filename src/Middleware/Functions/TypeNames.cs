using System.Collections.Concurrent;

namespace ScopedCaching.Functions;

/// <summary>
/// Names of types for keys: with namespace, outer types, generic arguments and the assembly's simple name, and without versions, so that they are the same after a deploy.
/// </summary>
internal static class TypeNames
{
    private static readonly ConcurrentDictionary<Type, string> s_known = new();

    public static string Of(Type type) => s_known.GetOrAdd(type, Describe);

    private static string Describe(Type type)
    {
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var arguments = type.IsGenericType ? $"<{string.Join(',', type.GetGenericArguments().Select(Of))}>" : "";
        var assembly = type.Assembly == typeof(object).Assembly ? "" : $"@{type.Assembly.GetName().Name}";
        return $"{definition.FullName}{arguments}{assembly}";
    }

    /// <summary>The name of one type, made once.</summary>
    internal static class Name<T>
    {
        public static readonly string Text = Of(typeof(T));
    }
}
