using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Finds the body of a function: <c>GetProfileUncachedAsync</c> for <c>GetProfileAsync</c>.</summary>
internal static class BodyFinder
{
    public static BodyModel? Find(FunctionContext function, IReadOnlyList<ParameterModel> parameters, ResultKind kind, out IMethodSymbol? body)
    {
        var method = function.Method;
        if (function.OnInterface)
        {
            body = null;
            return new BodyModel(Call(method, method), IsStatic: false, Arguments(function, method), kind);
        }

        var name = FunctionModel.BodyNameOf(method.Name);
        body = function.Host.GetMembers(name).OfType<IMethodSymbol>().FirstOrDefault(candidate => Fits(function, candidate, kind));
        if (body is not null)
        {
            return new BodyModel(Call(body, method), body.IsStatic, Arguments(function, body), SignatureParser.KindOf(body.ReturnType));
        }

        var declared = string.Join(", ", parameters.Where(static parameter => parameter.Role != ParameterRole.Caches).Select(static parameter => $"{Short(parameter.Type)} {parameter.Name}"));
        var isStatic = method.IsStatic ? "static " : "";
        var generics = Display.Generics(method).Names;
        function.Report(
            Rules.NoBody,
            function.NameLocation,
            $"private {isStatic}{method.ReturnType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)} {name}{generics}({declared})",
            function.Host.Name);
        return null;
    }

    private static bool Fits(FunctionContext function, IMethodSymbol candidate, ResultKind kind)
    {
        var method = function.Method;
        if (candidate.TypeParameters.Length != method.TypeParameters.Length || (method.IsStatic && !candidate.IsStatic))
        {
            return false;
        }

        var made = candidate.TypeParameters.IsEmpty ? candidate : candidate.Construct([.. method.TypeParameters]);
        var madeKind = SignatureParser.KindOf(made.ReturnType);
        return KnownTypes.Same(SignatureParser.Unwrap(made.ReturnType), SignatureParser.Unwrap(method.ReturnType))
            && (madeKind == ResultKind.Value || kind != ResultKind.Value)
            && made.Parameters.All(parameter => parameter.RefKind == RefKind.None && (KnownTypes.IsToken(parameter.Type)
                || method.Parameters.Any(own => own.Name == parameter.Name && KnownTypes.Same(own.Type, parameter.Type))));
    }

    private static string Call(IMethodSymbol body, IMethodSymbol method) => Display.Identifier(body.Name) + Display.Generics(method).Names;

    private static EquatableArray<string> Arguments(FunctionContext function, IMethodSymbol body) =>
        body.Parameters.Select(parameter => KnownTypes.IsToken(parameter.Type) ? "" : Display.Identifier(parameter.Name)).ToEquatable();

    private static string Short(string type) => type.Replace("global::", "");
}
