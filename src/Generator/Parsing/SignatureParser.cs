using Microsoft.CodeAnalysis;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads a function's result and parameters.</summary>
internal static class SignatureParser
{
    private const string Task = "System.Threading.Tasks.Task`1";
    private const string ValueTask = "System.Threading.Tasks.ValueTask`1";

    /// <summary>The result's type without the task around it.</summary>
    public static string Result(FunctionContext function, out ResultKind kind)
    {
        var method = function.Method;
        kind = KindOf(method.ReturnType);
        var result = Unwrap(method.ReturnType);
        var cannot = method.ReturnsVoid || method.RefKind != RefKind.None || result.IsRefLikeType || KnownTypes.Name(result) is
            "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or Task or ValueTask or "System.Collections.Generic.IAsyncEnumerable`1"
            or "System.Collections.Generic.IAsyncEnumerator`1";
        if (cannot)
        {
            function.Report(Rules.ResultKind, function.NameLocation, Display.Plain(method.ReturnType));
        }
        else if (ResultTypes.Problem(result, out var offender, out var reason))
        {
            function.Report(Rules.Unserializable, function.NameLocation, Display.Plain(result), Display.Plain(offender), reason);
        }

        return method.RefKind switch
        {
            RefKind.Ref => "ref ",
            RefKind.RefReadOnly => "ref readonly ",
            _ => "",
        } + Display.Type(result);
    }

    public static ResultKind KindOf(ITypeSymbol type) => KnownTypes.Name(type) switch
    {
        Task => ResultKind.Task,
        ValueTask => ResultKind.ValueTask,
        _ => ResultKind.Value,
    };

    public static ITypeSymbol Unwrap(ITypeSymbol type) => KindOf(type) == ResultKind.Value ? type : ((INamedTypeSymbol)type).TypeArguments[0];

    public static EquatableArray<ParameterModel> Parameters(FunctionContext function) =>
        function.Method.Parameters.Select(parameter => Parameter(function, parameter)).ToEquatable();

    public static ParameterRole RoleOf(IParameterSymbol parameter, KnownTypes known) =>
        KnownTypes.IsToken(parameter.Type) ? ParameterRole.Token
        : known.IsCaches(parameter.Type) ? ParameterRole.Caches
        : ParameterRole.Value;

    private static ParameterModel Parameter(FunctionContext function, IParameterSymbol parameter)
    {
        var problem = parameter switch
        {
            { RefKind: not RefKind.None } => $"'{RefWord(parameter.RefKind)}'",
            { Type.IsRefLikeType: true } => $"of the stack-only type '{Display.Plain(parameter.Type)}'",
            { Type.TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => "a pointer",
            _ => null,
        };
        if (problem is not null)
        {
            function.Issues.Add(Rules.ParameterKind, parameter.Locations.FirstOrDefault(), parameter.Name, function.Title, problem);
        }

        var prefix = parameter.RefKind != RefKind.None ? RefWord(parameter.RefKind) + " " : parameter.IsParams ? "params " : "";
        return new ParameterModel(
            Display.Identifier(parameter.Name), Display.Type(parameter.Type), prefix, Display.Default(parameter), RoleOf(parameter, function.Known));
    }

    private static string RefWord(RefKind kind) => kind switch
    {
        RefKind.Ref => "ref",
        RefKind.Out => "out",
        RefKind.In => "in",
        _ => "ref readonly",
    };
}
