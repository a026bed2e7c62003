using Microsoft.CodeAnalysis;

namespace Provider.Tests.Architecture;

/// <summary>Where things stand and who sees them.</summary>
internal static class Placement
{
    private static readonly string[] RegistrationNamespaces =
        ["Microsoft.Extensions.DependencyInjection", "Microsoft.AspNetCore.Builder"];

    private static readonly string[] BannedFolders = ["Utils", "Util", "Utilities", "Common", "Helpers", "Internal"];

    /// <summary>What users may touch stands in the root. Generated code calls Functions/, hidden from the editor.</summary>
    internal static IEnumerable<string> PublicInALayer(CompiledSources project) =>
        from declared in project.TopLevelTypes
        let layer = CompiledSources.LayerOf(declared.File)
        where layer != ArrowTable.Root && declared.Type.DeclaredAccessibility == Accessibility.Public
        where !IsRegistration(layer, declared.Type) && !(layer == "Functions" && IsHiddenFromEditor(declared.Type))
        select $"{project.Arrows.Folder}/{declared.File}: {declared.Type.Name} is public in a layer";

    internal static IEnumerable<string> NamespaceOtherThanFolder(CompiledSources project) =>
        from declared in project.TopLevelTypes
        let folder = Path.GetDirectoryName(declared.File)!.Replace('\\', '/').Replace('/', '.')
        let expected = folder.Length == 0 ? project.Arrows.RootNamespace : $"{project.Arrows.RootNamespace}.{folder}"
        let actual = declared.Type.ContainingNamespace.ToDisplayString()
        where actual != expected && !IsRegistration(CompiledSources.LayerOf(declared.File), declared.Type)
        select $"{project.Arrows.Folder}/{declared.File}: {declared.Type.Name} is in {actual}, its folder says {expected}";

    internal static IEnumerable<string> NamedAsFolder(CompiledSources project)
    {
        var folders = project.Files.SelectMany(file => file.Split('/')[..^1]).Concat(project.Arrows.Layers.Select(layer => layer.Name))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return from declared in project.TopLevelTypes
               where folders.Contains(declared.Type.Name)
               select $"{project.Arrows.Folder}/{declared.File}: {declared.Type.Name} is also a folder's name";
    }

    internal static IEnumerable<string> BadFolderNames(IEnumerable<string> files) =>
        files.SelectMany(file => file.Split('/')[..^1])
            .Distinct()
            .Where(folder => BannedFolders.Contains(folder, StringComparer.OrdinalIgnoreCase))
            .Select(folder => $"a folder called {folder} says nothing about what is in it");

    /// <param name="friends">Assemblies that see a project's internals.</param>
    /// <param name="own">The names of this repository's test and benchmark projects.</param>
    internal static IEnumerable<string> StrangersInside(IEnumerable<string> friends, IEnumerable<string> own) =>
        friends.Except(own).Select(friend => $"{friend} sees internals and is no test or benchmark project of this repository");

    internal static IEnumerable<string> InternalsVisibleTo(CompiledSources project) =>
        from attribute in project.Compilation.Assembly.GetAttributes()
        where attribute.AttributeClass?.Name == "InternalsVisibleToAttribute"
        select ((string)attribute.ConstructorArguments[0].Value!).Split(',')[0];

    internal static IEnumerable<string> TooLong(IEnumerable<(string File, int Lines)> files, IEnumerable<string> allowed, int limit) =>
        files.Where(file => file.Lines > limit && !allowed.Contains(file.File))
            .Select(file => $"{file.File} has {file.Lines} lines: what is it two of?");

    // Registration extensions stand in Microsoft's namespaces, as is the custom, so that nobody needs a using for them.
    private static bool IsRegistration(string layer, INamedTypeSymbol type) =>
        layer == "Hosting" && type.IsStatic && RegistrationNamespaces.Contains(type.ContainingNamespace.ToDisplayString());

    private static bool IsHiddenFromEditor(INamedTypeSymbol type) =>
        type.GetAttributes().Any(attribute =>
            attribute.AttributeClass?.Name == "EditorBrowsableAttribute" && attribute.ConstructorArguments is [{ Value: 1 }]);
}
