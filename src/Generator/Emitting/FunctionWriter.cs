using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Writes a function's implementing half, and the nested class that holds what it is cached by.</summary>
internal static class FunctionWriter
{
    public static void Write(CodeWriter code, FunctionModel function)
    {
        if (function.Host.Interface is not null)
        {
            code.Line("/// <inheritdoc/>");
        }

        if (function.Broken)
        {
            // The errors are the analyzer's to tell; this only keeps the compiler from asking for the other half as well.
            code.Line(Head(function) + " =>").Indented(inner => inner.Line("throw new global::System.NotSupportedException(\"This function has errors: see those whose id starts with SC.\");"));
            return;
        }

        WriteCall(code, function);
        code.Line();
        WriteHolder(code, function);
    }

    private static void WriteCall(CodeWriter code, FunctionModel function)
    {
        var (state, lambda, again) = CallWriter.Body(function, "this");
        var isAsync = function.Kind != ResultKind.Value;
        var ending = function.Kind == ResultKind.Task ? ").AsTask();" : ");";
        code.Line(Head(function) + " =>").Indented(inner =>
        {
            inner.Line($"{function.Holder}.Cached.{(isAsync ? "CallAsync" : "Call")}(").Indented(arguments => arguments
                .Line($"{function.Caches.Expression},")
                .Line($"{KeyWriter.Call(function, "this")},")
                .Line($"{function.Skip?.Expression ?? "false"},")
                .Line($"{state},")
                .Line($"{lambda},")
                .Line($"{function.Token ?? Names.Token + ".None"}{(again is null ? ending : $",\n_again is null ? null : {again}{ending}")}"));
        });
    }

    private static void WriteHolder(CodeWriter code, FunctionModel function)
    {
        var terms = function.Terms;
        code.Line($"/// <summary>What <c>{function.Name}</c> is cached by.</summary>")
            .Open($"private static class {function.Holder}{function.Generics.Constraints}")
            .Line($"public static readonly {Names.Function}<{function.Result}> Cached = new(new {Names.Terms}")
            .Line("{")
            .Indented(inner =>
            {
                inner.Line($"Name = {Text(terms.Name)},").Line($"Version = 0x{terms.Version},").Line($"Level = global::ScopedCaching.StorageLevel.{terms.Level},");
                Optional(inner, "Seconds", terms.Seconds == 0 ? null : terms.Seconds.ToString(CultureInfo.InvariantCulture));
                Optional(inner, "PolicyName", terms.PolicyName is { } name ? Text(name) : null);
                Optional(inner, "Policy", terms.PolicyMember);
                Optional(inner, "Tags", terms.Tags.Count == 0 ? null : $"new[] {{ {string.Join(", ", terms.Tags.Select(Text))} }}");
                Optional(inner, "Invoker", terms.Invoker is { } invoker ? $"new {invoker}()" : null);
            })
            .Line("});")
            .Line();
        KeyWriter.Write(code, function);
        code.Close();
    }

    private static string Head(FunctionModel function) =>
        $"{(function.Host.Interface is null ? function.Modifiers : "public")} {function.ReturnType} {Name(function)}{function.Generics.Names}" +
        $"({string.Join(", ", function.Parameters.Select(parameter => parameter.Declaration(withDefault: function.Host.Interface is not null)))}){function.Generics.Constraints}";

    private static string Name(FunctionModel function) => Parsing.Display.Identifier(function.Name);

    private static void Optional(CodeWriter code, string name, string? value)
    {
        if (value is not null)
        {
            code.Line($"{name} = {value},");
        }
    }

    private static string Text(string text) => SymbolDisplay.FormatLiteral(text, quote: true);
}
