using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>
/// Reads what a function's key is made from: a text (the function's own name, or <c>Key</c>), then values (all parameters, or <c>VaryOn</c>, or the placeholders of
/// <c>Key</c>), then the generic arguments.
/// </summary>
internal static class KeyParser
{
    private const string Key = "Key";
    private const string VaryOn = "VaryOn";

    public static KeyModel? Parse(FunctionContext function, IReadOnlyList<ParameterModel> parameters, SkipModel? skip)
    {
        var prefix = TermsParser.Says(function, "KeyPrefix").Get<string>("KeyPrefix") ?? "";
        var steps = new KeySteps(function, skip?.Parameter);
        var text = function.Cached.Get<string>(Key);
        var varyOn = function.Cached.Texts(VaryOn);
        if (text is null)
        {
            AddValues(function, steps, varyOn, skip);
            steps.AddFirst(prefix + Name(function, steps));
        }
        else if (text.IndexOfAny(['{', '}']) >= 0)
        {
            RefuseVaryOn(function, varyOn);
            steps.AddText(prefix);
            KeyTemplate.Parse(function, text, steps);
        }
        else if (KeyMethod(function, text) is { } method)
        {
            RefuseVaryOn(function, varyOn);
            steps.AddText(prefix);
            steps.AddText(method);
        }
        else
        {
            AddValues(function, steps, varyOn, skip);
            steps.AddFirst(prefix + text + (steps.Any ? ":" : ""));
        }

        AddTypeArguments(function, steps);
        return function.Issues.Broken ? null : steps.ToModel(parameters, isExplicit: text is not null);
    }

    private static void AddValues(FunctionContext function, KeySteps steps, IReadOnlyList<string>? varyOn, SkipModel? skip)
    {
        if (varyOn is null)
        {
            foreach (var parameter in function.Method.Parameters.Where(parameter =>
                SignatureParser.RoleOf(parameter, function.Known) == ParameterRole.Value && parameter.RefKind == RefKind.None && Display.Identifier(parameter.Name) != skip?.Parameter))
            {
                steps.AddValue(parameter.Name, Rules.UnknownPart, parameter.Locations.FirstOrDefault());
            }

            return;
        }

        for (var i = 0; i < varyOn.Count; i++)
        {
            steps.AddValue(varyOn[i], Rules.UnknownPart, function.Cached.LocationOf(VaryOn, i));
        }
    }

    private static void RefuseVaryOn(FunctionContext function, IReadOnlyList<string>? varyOn)
    {
        if (varyOn is not null)
        {
            function.Report(Rules.KeyAndVaryOn, function.Cached.LocationOf(VaryOn));
        }
    }

    private static MethodReference? KeyMethod(FunctionContext function, string name)
    {
        if (MethodReference.Find(function, name) is not { } method)
        {
            return null;
        }

        if (method.Returns.SpecialType != SpecialType.System_String)
        {
            function.Report(Rules.BadKey, function.Cached.LocationOf(Key), $"the method '{name}' returns '{Display.Plain(method.Returns)}', not string");
        }

        return method;
    }

    // Readable for people, and different for each function: the hash is of assembly, type, name and what the key is made from.
    private static string Name(FunctionContext function, KeySteps steps)
    {
        var method = function.Method;
        var hash = StableHash.Of(
            method.ContainingAssembly.Name, KnownTypes.Name(function.Host), method.Name, method.Arity.ToString(System.Globalization.CultureInfo.InvariantCulture), steps.Signature);
        return $"{function.Host.Name}.{method.Name}~{hash}:";
    }

    private static void AddTypeArguments(FunctionContext function, KeySteps steps)
    {
        for (var type = function.Host; type is not null; type = type.ContainingType)
        {
            foreach (var parameter in type.TypeParameters)
            {
                steps.AddTypeArgument(parameter);
            }
        }

        foreach (var parameter in function.Method.TypeParameters)
        {
            steps.AddTypeArgument(parameter);
        }
    }
}
