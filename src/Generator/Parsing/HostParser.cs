using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads the type that a function stands in.</summary>
internal static class HostParser
{
    /// <summary>What the names of generated files end with.</summary>
    public const string FileEnding = ".Cached.g.cs";

    public static HostModel? Parse(FunctionContext function)
    {
        var host = function.Host;
        var onInterface = function.OnInterface;
        if (onInterface && InterfaceParser.Problem(host) is { } problem)
        {
            function.Issues.Add(Rules.InterfaceMember, function.NameLocation, host.Name, problem);
            return null;
        }

        if (!onInterface && ClassProblem(function, host) is { } wrong)
        {
            function.Report(Rules.Host, function.NameLocation, host.Name, wrong);
            if (!CanBeWrittenInto(function, host))
            {
                return null;
            }
        }

        var space = host.ContainingNamespace is { IsGlobalNamespace: false } named ? named.ToDisplayString() : "";
        var declarations = onInterface ? default : Around(host).Reverse().Select(Declaration).ToEquatable();
        return new HostModel(space, declarations, Self(host), FileName(host), onInterface ? InterfaceParser.Parse(host) : null);
    }

    private static bool CanBeWrittenInto(FunctionContext function, INamedTypeSymbol host) =>
        Around(host).All(type => !type.IsFileLocal && IsPartial(type, function.CancellationToken));

    private static string? ClassProblem(FunctionContext function, INamedTypeSymbol host)
    {
        if (host.TypeKind != TypeKind.Class && !(host.TypeKind == TypeKind.Struct && function.Method.IsStatic && !host.IsRefLikeType))
        {
            return "which is no class: only an object that stays the same can be asked again later";
        }

        if (Around(host).Any(static type => type.IsFileLocal))
        {
            return "which belongs to one file, and generated code stands in another: leave out 'file'";
        }

        return Around(host).FirstOrDefault(type => !IsPartial(type, function.CancellationToken)) is { } whole
            ? $"and '{whole.Name}' is not partial: declare it 'partial'"
            : null;
    }

    private static IEnumerable<INamedTypeSymbol> Around(INamedTypeSymbol type)
    {
        for (var outer = type; outer is not null; outer = outer.ContainingType)
        {
            yield return outer;
        }
    }

    private static bool IsPartial(INamedTypeSymbol type, CancellationToken cancellationToken) => type.DeclaringSyntaxReferences.Any(reference =>
        reference.GetSyntax(cancellationToken) is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static string Declaration(INamedTypeSymbol type)
    {
        var kind = type switch
        {
            { IsRecord: true, TypeKind: TypeKind.Struct } => "record struct",
            { IsRecord: true } => "record",
            { TypeKind: TypeKind.Struct } => "struct",
            { TypeKind: TypeKind.Interface } => "interface",
            _ => "class",
        };
        return $"partial {kind} {Self(type)}";
    }

    private static string Self(INamedTypeSymbol type) => Display.Identifier(type.Name) + Display.Generics(type).Names;

    private static string FileName(INamedTypeSymbol type) =>
        KnownTypes.Name(type).Replace('`', '_').Replace('+', '.') + FileEnding;
}
