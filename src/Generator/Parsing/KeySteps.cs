using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>The steps of a key, as they are found.</summary>
internal sealed class KeySteps(FunctionContext function, string? skipParameter)
{
    private readonly List<KeyStep> _steps = [];
    private readonly HashSet<string> _uses = [];
    private readonly List<string> _signature = [];
    private bool _usesSelf;

    public bool Any => _steps.Count > 0;

    /// <summary>What was added, by types and paths.</summary>
    public string Signature => string.Join(",", _signature);

    /// <summary>Text before everything else.</summary>
    public void AddFirst(string text)
    {
        _steps.Insert(0, new KeyStep(Display.Literal(text), "", Shape: null));
        _signature.Insert(0, text);
    }

    /// <summary>Text as it is.</summary>
    public void AddText(string text)
    {
        if (text.Length > 0)
        {
            _steps.Add(new KeyStep(Display.Literal(text), "", Shape: null));
            _signature.Add(text);
        }
    }

    /// <summary>The text that a method returns.</summary>
    public void AddText(MethodReference method)
    {
        Use(method);
        _steps.Add(new KeyStep(method.Expression(function.SelfName), "", Shape: null));
        _signature.Add(method.Name + "()");
    }

    public void AddTypeArgument(ITypeParameterSymbol parameter) =>
        _steps.Add(new KeyStep(Text: null, "", new PartShape(PartKind.TypeArgument, Display.Identifier(parameter.Name))));

    /// <summary>A parameter, a path from one or from <c>this</c>, or what a method returns.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="unknown">What to report when there is no such thing.</param>
    /// <param name="location">Where it was written.</param>
    public void AddValue(string name, DiagnosticDescriptor unknown, Location? location)
    {
        var path = name.Split('.');
        var parameter = function.Method.Parameters.FirstOrDefault(candidate => candidate.Name == path[0]);
        var problem = "";
        KeyPaths.Value? value = null;
        if (parameter is not null)
        {
            if (SignatureParser.RoleOf(parameter, function.Known) != ParameterRole.Value)
            {
                problem = "it is never a part of the key";
            }
            else
            {
                var root = Display.Identifier(parameter.Name);
                value = KeyPaths.Follow(root, parameter.Type, rootMayBeNull: true, path.Skip(1), function.Host, function.Known, out problem);
                Use(root, location);
                _signature.Add($"{Display.Plain(parameter.Type)}:{string.Join(".", path.Skip(1))}");
            }
        }
        else if (path[0] == "this" && path.Length > 1 && !function.Method.IsStatic)
        {
            value = KeyPaths.Follow(function.SelfName, function.Host, rootMayBeNull: false, path.Skip(1), function.Host, function.Known, out problem);
            _usesSelf = true;
            _signature.Add(name);
        }
        else if (path.Length == 1 && MethodReference.Find(function, name) is { } method)
        {
            Use(method);
            value = new KeyPaths.Value(method.Expression(function.SelfName), method.Returns, MayBeNull: false);
            _signature.Add(name + "()");
        }
        else
        {
            problem = $"there is no such parameter, nor a method that takes parameters of the function; its parameters are: {Known()}";
        }

        if (value is { } found)
        {
            AddPart(name, found, location);
        }
        else
        {
            function.Report(unknown, location, name, problem);
        }
    }

    public KeyModel ToModel(IReadOnlyList<ParameterModel> parameters, bool isExplicit) => new(
        _steps.ToEquatable(),
        parameters.Select(static parameter => parameter.Name).Where(_uses.Contains).ToEquatable(),
        _usesSelf,
        (isExplicit ? "explicit " : "") + Signature);

    private void AddPart(string name, KeyPaths.Value value, Location? location)
    {
        var shape = KeyPaths.ShapeOf(value, function.Known, out var offender);
        if (shape is not null)
        {
            _steps.Add(new KeyStep(Text: null, value.Expression, shape));
        }
        else if (offender.TypeKind == TypeKind.Error)
        {
            // The compiler has complained about it.
            function.Issues.Break();
        }
        else
        {
            var because = KnownTypes.Same(offender, value.Type) ? "" : $", because of '{Display.Plain(offender)}' in it";
            function.Report(Rules.UnsupportedPart, location, name, Display.Plain(value.Type), because);
        }
    }

    private void Use(MethodReference method)
    {
        _usesSelf |= !method.IsStatic;
        foreach (var argument in method.Arguments)
        {
            Use(argument, location: null);
        }
    }

    private void Use(string parameter, Location? location)
    {
        if (parameter == skipParameter)
        {
            function.Report(Rules.SkipVaried, location, parameter);
        }

        _uses.Add(parameter);
    }

    private string Known()
    {
        var names = function.Method.Parameters.Where(parameter => SignatureParser.RoleOf(parameter, function.Known) == ParameterRole.Value).Select(static parameter => parameter.Name);
        return string.Join(", ", names.DefaultIfEmpty("none"));
    }
}
