using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Writes a companion: what can be done with the entries of a function, and of its overloads.</summary>
internal static class CompanionWriter
{
    /// <summary>Why two functions cannot share a companion; null when they can.</summary>
    public static string? Clash(FunctionModel one, FunctionModel other) =>
        one.Companion != other.Companion ? null
        : one.IsStatic != other.IsStatic ? "one is static and the other is not"
        : one.Accessibility != other.Accessibility ? "they differ in accessibility"
        : Types(one).SequenceEqual(Types(other)) ? "their keys are made from parameters of the same types"
        : null;

    /// <param name="code">Where to.</param>
    /// <param name="functions">The overloads.</param>
    public static void Write(CodeWriter code, IReadOnlyList<FunctionModel> functions)
    {
        var first = functions[0];
        var self = first.Host.SelfType();
        var what = $"What <c>{first.Name}</c> caches, call by call: to clear, refresh, read or prime it. Thread-safe.";
        code.Line($"/// <summary>{what}</summary>");
        if (first.IsStatic)
        {
            code.Open($"{first.Accessibility} static class {first.Companion}");
        }
        else
        {
            code.Line($"{first.Accessibility} {first.Companion}Entries {first.Companion} => new {first.Companion}Entries(this);").Line()
                .Line($"/// <summary>{what}</summary>")
                .Open($"{first.Accessibility} readonly struct {first.Companion}Entries")
                .Line($"private readonly {self} _self;").Line()
                .Line($"internal {first.Companion}Entries({self} self) => _self = self;").Line();
        }

        for (var i = 0; i < functions.Count; i++)
        {
            if (i > 0)
            {
                code.Line();
            }

            new Operations(code, functions[i]).Write();
        }

        code.Close();
    }

    private static IEnumerable<string> Types(FunctionModel function) =>
        function.KeyParameters.Select(static parameter => parameter.Type.Replace("?", "")).Append(function.Generics.Names.Length == 0 ? "" : "generic").Append($"{function.Caches.IsParameter}");

    /// <summary>The operations of one function.</summary>
    private sealed class Operations(CodeWriter code, FunctionModel function)
    {
        private readonly string _token = Names.Unused(function.Parameters, "cancellationToken", "stopToken", "endToken");
        private readonly string _value = Names.Unused(function.Parameters, "value", "newValue", "valueToStore");
        private readonly string _self = function.IsStatic ? "" : "_self";

        private string Caches => function.Caches.IsParameter ? function.Caches.Expression : $"_self.{Names.CachesOfFunctions}";

        private string Token => $"{Names.Token} {_token} = default";

        public void Write()
        {
            var key = KeyWriter.Call(function, _self);
            Member(
                "Removes what is cached for this call, by whichever version of the function. The next call runs the function. <c>Undelivered</c> means that it may still be there.",
                $"{Names.ValueTask}<global::ScopedCaching.Memcached.RemoveOutcome> ClearAsync",
                [.. Brought(), .. KeyParameters(withDefault: true), Token],
                $"ClearAsync({Caches}, {key}, {_token})");
            var skipped = function.Skip?.Parameter;
            var (state, lambda, _) = CallWriter.Body(function, _self, skipped is null ? null : (skipped, "true"));
            Member(
                "Runs the function for this call, stores its result in place of what is cached, and returns it. An exception leaves what is cached.",
                $"{Names.ValueTask}<{function.Result}> RefreshAsync",
                [.. Brought(), .. Declared(function.Parameters.Where(parameter => parameter.Role == ParameterRole.Value && parameter.Name != skipped), withDefault: true), Token],
                $"RefreshAsync(\n    {Caches},\n    {key},\n    {state},\n    {lambda},\n    {_token})");
            Member(
                "What is cached for this call, without running the function; a cached null is found.",
                $"{Names.ValueTask}<global::ScopedCaching.CacheResult<{function.Result}>> TryGetAsync",
                [.. Brought(), .. KeyParameters(withDefault: true), Token],
                $"TryGetAsync({Caches}, {key}, {_token})");
            Member(
                "Stores a value for this call, as if the function had returned it. False when it was not stored.",
                $"{Names.ValueTask}<bool> SetAsync",
                [.. Brought(), .. KeyParameters(withDefault: false), $"{function.Result} {_value}", Token],
                $"SetAsync({Caches}, {key}, {_value}, {_token})");
            code.Line($"/// <summary>The key of this call, in the {function.Terms.Level.ToLowerInvariant()} cache.</summary>")
                .Line($"public {(function.IsStatic ? "static " : "")}string KeyFor{function.Generics.Names}({string.Join(", ", KeyParameters(withDefault: true))}){function.Generics.Constraints} =>")
                .Indented(inner => inner.Line($"{key};"));
        }

        private IEnumerable<string> Brought() => function.Caches.IsParameter ? [$"{Names.Caches} {function.Caches.Expression}"] : [];

        private IEnumerable<string> KeyParameters(bool withDefault) => Declared(function.KeyParameters, withDefault);

        // A token comes last here, so what were "params" have to be given; and then, what stands before them.
        private static IEnumerable<string> Declared(IEnumerable<ParameterModel> parameters, bool withDefault)
        {
            var all = parameters.ToList();
            var defaults = withDefault && all.TrueForAll(static parameter => parameter.Prefix.Length == 0);
            return all.Select(parameter => parameter.Declaration(defaults, withPrefix: false));
        }

        private void Member(string summary, string head, IEnumerable<string> parameters, string call) => code
            .Line($"/// <summary>{summary}</summary>")
            .Line($"public {(function.IsStatic ? "static " : "")}{head}{function.Generics.Names}({string.Join(", ", parameters)}){function.Generics.Constraints} =>")
            .Indented(inner => inner.Line($"{function.Holder}.Cached.{call};"))
            .Line();
    }
}
