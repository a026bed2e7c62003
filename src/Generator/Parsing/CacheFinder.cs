using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using ScopedCaching.Generator.Emitting;
using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Finds the <c>IScopedCache</c> of a function: its own parameter, else a field, a property or a primary-constructor parameter of its type.</summary>
internal static class CacheFinder
{
    public static CachesModel? Find(FunctionContext function, IReadOnlyList<ParameterModel> parameters)
    {
        if (parameters.FirstOrDefault(static parameter => parameter.Role == ParameterRole.Caches) is { } own)
        {
            return new CachesModel(own.Name, IsParameter: true);
        }

        if (function.OnInterface)
        {
            return new CachesModel("_caches", IsParameter: false);
        }

        if (!function.Method.IsStatic && (Member(function) ?? PrimaryParameter(function)) is { } name)
        {
            return new CachesModel(name, IsParameter: false);
        }

        function.Report(Rules.NoCache, function.NameLocation, function.Method.IsStatic
            ? "add a parameter of type IScopedCache, which is no part of the key"
            : $"give '{function.Host.Name}' a field, a property or a primary-constructor parameter of type IScopedCache, or the function a parameter");
        return null;
    }

    private static string? Member(FunctionContext function)
    {
        for (var type = function.Host; type is not null; type = type.BaseType)
        {
            foreach (var member in type.GetMembers().Where(member => !member.IsStatic && function.Known.Compilation.IsSymbolAccessibleWithin(member, function.Host)))
            {
                var held = member switch
                {
                    IFieldSymbol { IsImplicitlyDeclared: false } field => field.Type,
                    IPropertySymbol { GetMethod: not null, Parameters.IsEmpty: true } property when property.Name != Names.CachesOfFunctions => property.Type,
                    _ => null,
                };
                if (held is not null && function.Known.IsCaches(held))
                {
                    return "this." + Display.Identifier(member.Name);
                }
            }
        }

        return null;
    }

    private static string? PrimaryParameter(FunctionContext function) =>
        (from constructor in function.Host.InstanceConstructors
         where constructor.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(function.CancellationToken) is TypeDeclarationSyntax)
         from parameter in constructor.Parameters
         where function.Known.IsCaches(parameter.Type) && !function.Method.Parameters.Any(own => own.Name == parameter.Name)
         select Display.Identifier(parameter.Name)).FirstOrDefault();
}
