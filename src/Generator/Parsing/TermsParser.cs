using System.Globalization;
using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads what the attributes say beside the key: the function's own first, then its type's.</summary>
internal static class TermsParser
{
    private static readonly string[] s_levels = ["Stack", "Session", "Service"];

    public static TermsModel Parse(FunctionContext function, IMethodSymbol? body)
    {
        var (policyName, policyMember) = Policy(function);
        return new TermsModel(
            $"{Display.Plain(function.Host)}.{function.Method.Name}",
            Version(function, body),
            Level(function),
            Seconds(function),
            policyName,
            policyMember,
            (function.Cached.Texts("Tags") ?? function.Defaults.Texts("Tags") ?? []).ToEquatable(),
            Invoker(function));
    }

    /// <summary>The attribute that says something: the function's, else its type's.</summary>
    public static AttributeReader Says(FunctionContext function, string name) => function.Cached.Has(name) ? function.Cached : function.Defaults;

    private static string Version(FunctionContext function, IMethodSymbol? body)
    {
        var result = Display.Plain(function.Method.ReturnType);
        return function.Cached.Get<string>("Version") is { } given ? StableHash.Of("given", given)
            : body is null ? StableHash.Of("result", result)
            : StableHash.Of(["body", result, .. StableHash.TokensOf(body, function.CancellationToken)]);
    }

    private static string Level(FunctionContext function)
    {
        var attribute = Says(function, "Level");
        if (!attribute.Has("Level"))
        {
            return s_levels[0];
        }

        var level = attribute.Get<int>("Level");
        if (level < 0 || level >= s_levels.Length)
        {
            function.Issues.Add(Rules.BadValue, attribute.LocationOf("Level"), "Level", function.Title, "no storage level");
            return s_levels[0];
        }

        if (function.Method.IsStatic && s_levels[level] == "Session")
        {
            function.Report(Rules.SessionInStatic, attribute.LocationOf("Level"));
        }

        return s_levels[level];
    }

    private static int Seconds(FunctionContext function)
    {
        var attribute = Says(function, "Seconds");
        var seconds = attribute.Get<int>("Seconds");
        if (attribute.Has("Seconds") && seconds <= 0)
        {
            var text = seconds.ToString(CultureInfo.InvariantCulture);
            function.Issues.Add(Rules.BadValue, attribute.LocationOf("Seconds"), "Seconds", function.Title, $"{text}: it must be positive; for values that never expire name a Policy that says so");
        }

        return seconds;
    }

    private static (string? Name, string? Member) Policy(FunctionContext function)
    {
        if (Says(function, "Policy").Get<string>("Policy") is not { } name)
        {
            return default;
        }

        for (var type = function.Host; type is not null; type = type.BaseType)
        {
            foreach (var member in type.GetMembers(name).Where(member => member.IsStatic && function.Known.Compilation.IsSymbolAccessibleWithin(member, function.Host)))
            {
                var held = (member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type;
                if (held is not null && KnownTypes.Same(held, function.Known.Policy))
                {
                    return (null, $"{Display.Type(type)}.{Display.Identifier(name)}");
                }
            }
        }

        return (name, null);
    }

    private static string? Invoker(FunctionContext function)
    {
        var attribute = Says(function, "Invoker");
        if (attribute.Get<INamedTypeSymbol>("Invoker") is not { } type)
        {
            return null;
        }

        var fits = function.Known.Invoker is { } contract && KnownTypes.Implements(type, contract) && !type.IsAbstract && !type.IsUnboundGenericType
            && type.InstanceConstructors.Any(constructor => constructor.Parameters.IsEmpty && function.Known.Compilation.IsSymbolAccessibleWithin(constructor, function.Host));
        if (!fits)
        {
            function.Issues.Add(
                Rules.BadValue, attribute.LocationOf("Invoker"), "Invoker", function.Title, $"'{Display.Plain(type)}', which is no ICachedFunctionInvoker with a constructor without parameters");
        }

        return Display.Type(type);
    }
}
