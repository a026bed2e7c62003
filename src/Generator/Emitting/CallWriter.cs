using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Writes how a function's body is handed over: what it needs as a state, and a static lambda that takes it from there.</summary>
internal static class CallWriter
{
    /// <summary>The arguments; the third, for interfaces only, runs the body on a service of another scope.</summary>
    /// <param name="function">The function.</param>
    /// <param name="self">The object, where this is written.</param>
    /// <param name="replaced">A parameter that is not at hand, and what stands for it.</param>
    public static (string State, string Lambda, string? Again) Body(FunctionModel function, string self, (string Name, string Value)? replaced = null)
    {
        var body = function.Body;
        List<(string Name, string Value)> captured = [];
        if (!body.IsStatic)
        {
            captured.Add((function.SelfName, self));
        }

        foreach (var argument in body.Arguments.Where(static argument => argument.Length > 0).Distinct())
        {
            captured.Add((argument, replaced is { } other && other.Name == argument ? other.Value : argument));
        }

        var arguments = string.Join(", ", body.Arguments.Select(argument => argument.Length == 0 ? "token" : Access(captured, argument)));
        var held = body.IsStatic ? "" : Access(captured, function.SelfName);
        var token = body.Arguments.Contains("") ? "token" : captured.Count == 0 ? "__" : "_";
        var given = captured.Count == 0 ? "_" : Given(captured);
        return function.Host.Interface is null
            ? (State(captured), $"static ({given}, {token}) => {Run(body.IsStatic ? "" : held + ".")}", null)
            : (State(captured), $"static ({given}, {token}) => {Run(held + "._service.")}", $"static ({given}, services, {token}) => {Run(held + "._again!(services).")}");

        string Run(string target)
        {
            var call = $"{target}{body.Call}({arguments})";
            return body.Kind == ResultKind.ValueTask ? call : $"new {Names.ValueTask}<{function.Result}>({call})";
        }
    }

    private static string State(List<(string Name, string Value)> captured) => captured.Count switch
    {
        0 => "0",
        1 => captured[0].Value,
        _ => $"({string.Join(", ", captured.Select(static item => item.Name == item.Value ? Plain(item) : $"{Element(item.Name)}: {item.Value}"))})",
    };

    private static string Plain((string Name, string Value) item) => Element(item.Name) == item.Name ? item.Value : $"{Element(item.Name)}: {item.Value}";

    private static string Given(List<(string Name, string Value)> captured) => captured.Count == 1 ? captured[0].Name : "call";

    private static string Access(List<(string Name, string Value)> captured, string name) => captured.Count == 1 ? name : $"call.{Element(name)}";

    // Some names mean something else in a tuple.
    private static string Element(string name) =>
        name.StartsWith("Item", StringComparison.Ordinal) || name is "Rest" or "ToString" or "Equals" or "GetHashCode" or "CompareTo" or "Deconstruct" ? "_" + name : name;
}
