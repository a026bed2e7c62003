using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>A method of the type that an attribute names; it takes some of the function's parameters, by their names.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsStatic">Whether it is static.</param>
/// <param name="Arguments">The function's parameters that it takes.</param>
/// <param name="Returns">What it returns.</param>
internal sealed record MethodReference(string Name, bool IsStatic, IReadOnlyList<string> Arguments, ITypeSymbol Returns)
{
    public string Expression(string self) => $"{(IsStatic ? "" : self + ".")}{Display.Identifier(Name)}({string.Join(", ", Arguments)})";

    /// <summary>Finds it; null when there is none that fits.</summary>
    public static MethodReference? Find(FunctionContext function, string name)
    {
        for (var type = function.Host; type is not null; type = type.BaseType)
        {
            foreach (var method in type.GetMembers(name).OfType<IMethodSymbol>())
            {
                if (Fits(function, method))
                {
                    return new MethodReference(name, method.IsStatic, [.. method.Parameters.Select(static parameter => Display.Identifier(parameter.Name))], method.ReturnType);
                }
            }
        }

        return null;
    }

    private static bool Fits(FunctionContext function, IMethodSymbol method) =>
        !method.ReturnsVoid && !method.IsGenericMethod && (method.IsStatic || !function.Method.IsStatic)
        && !(method.IsStatic && function.OnInterface)
        && function.Known.Compilation.IsSymbolAccessibleWithin(method, function.Host)
        && method.Parameters.All(parameter => function.Method.Parameters.Any(own =>
            own.Name == parameter.Name && KnownTypes.Same(own.Type, parameter.Type) && SignatureParser.RoleOf(own, function.Known) == ParameterRole.Value));
}
