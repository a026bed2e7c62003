using Microsoft.CodeAnalysis;

namespace ScopedCaching.Generator;

/// <summary>The types that the parser asks for, found once a compilation.</summary>
internal sealed class KnownTypes(Compilation compilation)
{
    public const string CachedAttribute = "ScopedCaching.CachedAttribute";
    public const string DefaultsAttribute = "ScopedCaching.CacheDefaultsAttribute";

    public Compilation Compilation => compilation;

    public INamedTypeSymbol? ScopedCache { get; } = compilation.GetTypeByMetadataName("ScopedCaching.IScopedCache");

    public INamedTypeSymbol? KeyPart { get; } = compilation.GetTypeByMetadataName("ScopedCaching.ICacheKeyPart");

    public INamedTypeSymbol? Policy { get; } = compilation.GetTypeByMetadataName("ScopedCaching.CachePolicy");

    public INamedTypeSymbol? Invoker { get; } = compilation.GetTypeByMetadataName("ScopedCaching.ICachedFunctionInvoker");

    public static bool IsToken(ITypeSymbol type) => Is(type, "System.Threading.CancellationToken");

    public bool IsCaches(ITypeSymbol type) => ScopedCache is not null && (Same(type, ScopedCache) || Implements(type, ScopedCache));

    public static bool Is(ITypeSymbol type, string name) => Name(type) == name;

    /// <summary>Namespace and name of a type's definition, without type arguments.</summary>
    public static string Name(ITypeSymbol type) =>
        type.ContainingType is { } outer ? $"{Name(outer)}.{type.MetadataName}"
        : type.ContainingNamespace is { IsGlobalNamespace: false } space ? $"{space.ToDisplayString()}.{type.MetadataName}"
        : type.MetadataName;

    public static bool Implements(ITypeSymbol type, INamedTypeSymbol contract) => type.AllInterfaces.Any(other => Same(other, contract));

    public static bool Same(ISymbol? left, ISymbol? right) => SymbolEqualityComparer.Default.Equals(left, right);
}
