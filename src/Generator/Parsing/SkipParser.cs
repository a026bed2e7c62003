using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads <c>SkipWhen</c>.</summary>
internal static class SkipParser
{
    private const string SkipWhen = "SkipWhen";

    public static SkipModel? Parse(FunctionContext function)
    {
        if (function.Cached.Get<string>(SkipWhen) is not { } name)
        {
            return null;
        }

        var location = function.Cached.LocationOf(SkipWhen);
        if (function.Method.Parameters.FirstOrDefault(parameter => parameter.Name == name) is { } own)
        {
            var parameter = Display.Identifier(name);
            if (own.Type.SpecialType != SpecialType.System_Boolean)
            {
                function.Report(Rules.UnknownSkip, location, name, $"a parameter of type '{Display.Plain(own.Type)}', not bool");
            }

            return new SkipModel(parameter, parameter);
        }

        if (MethodReference.Find(function, name) is not { } method)
        {
            var known = string.Join(", ", function.Method.Parameters.Where(static parameter => parameter.Type.SpecialType == SpecialType.System_Boolean).Select(static parameter => parameter.Name));
            function.Report(Rules.UnknownSkip, location, name, "neither a parameter nor a method that takes parameters of the function" + (known.Length > 0 ? $"; its boolean parameters are: {known}" : ""));
            return null;
        }

        if (method.Returns.SpecialType != SpecialType.System_Boolean)
        {
            function.Report(Rules.UnknownSkip, location, name, $"a method that returns '{Display.Plain(method.Returns)}', not bool");
        }

        return new SkipModel(method.Expression(function.Self), Parameter: null);
    }
}
