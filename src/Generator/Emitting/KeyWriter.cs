using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Writes the method that builds a call's key.</summary>
internal static class KeyWriter
{
    public static void Write(CodeWriter code, FunctionModel function)
    {
        var parameters = function.KeyParameters.Select(static parameter => parameter.Declaration(withPrefix: false));
        if (function.Key.UsesSelf)
        {
            parameters = parameters.Prepend($"{function.Host.TargetType()} {function.SelfName}");
        }

        var head = $"public static string Key({string.Join(", ", parameters)})";
        if (function.Key.Steps is { Count: 1 } only && only[0].Text is { } text)
        {
            code.Line($"{head} => {text};");
            return;
        }

        var key = Names.Unused(function.Parameters, "key", "keyBuilder", "functionKey");
        code.Open(head).Line($"var {key} = new {Names.Key}(stackalloc char[{Names.Key}.StackLength]);");
        var number = 0;
        foreach (var step in function.Key.Steps)
        {
            if (step.Text is not null)
            {
                code.Line($"{key}.Text({step.Text});");
                continue;
            }

            foreach (var statement in Statements(key, step.Expression, step.Shape!, depth: 0, ref number))
            {
                code.Line(statement);
            }
        }

        code.Line($"return {key}.Build();").Close();
    }

    /// <summary>The call by which a function, or its companion, makes a key.</summary>
    public static string Call(FunctionModel function, string self)
    {
        var arguments = function.KeyParameters.Select(static parameter => parameter.Name);
        return $"{function.Holder}.Key({string.Join(", ", function.Key.UsesSelf ? arguments.Prepend(function.Host.Target(self)) : arguments)})";
    }

    private static List<string> Statements(string key, string value, PartShape shape, int depth, ref int number)
    {
        switch (shape.Kind)
        {
            case PartKind.Direct:
                return [$"{key}.Add({value});"];
            case PartKind.Cast:
                return [$"{key}.Add(({shape.Type}){value});"];
            case PartKind.Any:
                return [$"{key}.AddAny({value});"];
            case PartKind.TypeArgument:
                return [$"{key}.AddType<{shape.Type}>();"];
            case PartKind.Nullable:
                return [$"{key}.AddNullable({value}, {Lambda(shape, depth, ref number)});"];
            case PartKind.Sequence:
                return [$"{key}.AddSequence({value}, {Lambda(shape, depth, ref number)});"];
            case PartKind.Set:
                return [$"{key}.AddSet({value}, {Lambda(shape, depth, ref number)});"];
            case PartKind.Dictionary:
                return [$"{key}.AddDictionary({value}, {Lambda(shape, depth, ref number)});"];
            default:
                return Tuple(key, value, shape, depth, ref number);
        }
    }

    private static List<string> Tuple(string key, string value, PartShape shape, int depth, ref int number)
    {
        var held = value;
        List<string> statements = [];
        if (value.Any(static part => part is '.' or '('))
        {
            held = $"parts{++number}";
            statements.Add($"var {held} = {value};");
        }

        statements.Add($"{key}.Mark('(');");
        for (var i = 0; i < shape.Inner.Count; i++)
        {
            statements.AddRange(Statements(key, $"{held}.{shape.Members[i]}", shape.Inner[i], depth, ref number));
        }

        statements.Add($"{key}.Mark(')');");
        return statements;
    }

    private static string Lambda(PartShape shape, int depth, ref int number)
    {
        var level = depth == 0 ? "" : $"{depth + 1}";
        var statements = Statements("k" + level, "item" + level, shape.Inner[0], depth + 1, ref number);
        var head = $"static (ref {Names.Key} k{level}, {shape.Type} item{level}) =>";
        return statements.Count == 1 ? $"{head} {statements[0].TrimEnd(';')}" : $"{head} {{ {string.Join(" ", statements)} }}";
    }
}
