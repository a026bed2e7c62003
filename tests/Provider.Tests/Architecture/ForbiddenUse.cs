using Microsoft.CodeAnalysis;

namespace Provider.Tests.Architecture;

/// <summary>Something of the platform, or of ours, that a part of the house must not touch.</summary>
/// <param name="Where">The files it holds for.</param>
/// <param name="What">What must not be used there.</param>
internal sealed record ForbiddenUse(Func<SymbolUse, bool> Where, Func<SymbolUse, bool> What)
{
    /// <summary>Ring and Protocol compute; what they compute depends on nothing but their arguments.</summary>
    internal static readonly ForbiddenUse ImpureInPureLayers = new(
        use => IsProvider(use) && use.Layer is "Ring" or "Protocol",
        use => NamespaceOf(use) is var space
            && (Within(space, "System.Net.Sockets")
                || Within(space, "Microsoft.Extensions.Logging")
                || Within(space, "Microsoft.Extensions.Options")
                || FullName(use.UsedType) == "System.TimeProvider"
                || (IsOurs(use) && use.UsedType.Name.EndsWith("Options", StringComparison.Ordinal))));

    /// <summary>Transport moves bytes and does not know what they say.</summary>
    internal static readonly ForbiddenUse MemcachedInTransport = new(
        use => IsProvider(use) && use.Layer == "Transport",
        use => use.Project.LayerOf(use.UsedType) is "Protocol" or "Client" or "Connections" or "Nodes" or "Ring" or "Stores" or "Embedded");

    // A factory that may run after its request is handed services of its own; these only pass them on to it.
    private static readonly string[] s_handServicesToFactories = ["ICache", "CacheFactoryExtensions", "CacheView", "CacheFactory", "IServiceScopes", "TestScopedCache", "CachedFunction", "BodyCall", "CachedServices", "CachedService"];

    /// <summary>Objects are given what they need. Only the composition knows the container.</summary>
    internal static readonly ForbiddenUse ContainerOutsideHosting = new(
        use => use.Layer != "Hosting" && !(FullName(use.UsedType) is "System.IServiceProvider" && !IsProvider(use) && s_handServicesToFactories.Contains(use.Type)),
        use => FullName(use.UsedType) is "System.IServiceProvider"
            or "Microsoft.Extensions.DependencyInjection.IServiceCollection"
            or "Microsoft.Extensions.DependencyInjection.IKeyedServiceProvider"
            or "Microsoft.Extensions.DependencyInjection.IServiceScope"
            or "Microsoft.Extensions.DependencyInjection.IServiceScopeFactory");

    /// <summary>The provider serves any program; requests are the middleware's.</summary>
    internal static readonly ForbiddenUse RequestsInProvider = new(
        IsProvider,
        use => Within(NamespaceOf(use), "Microsoft.AspNetCore.Http")
            || (use.UsedType.ContainingAssembly?.Name == ArrowTable.Middleware.Assembly));

    /// <summary>The middleware reaches entries through the provider's public face only.</summary>
    internal static readonly ForbiddenUse ProviderLayersInMiddleware = new(
        use => !IsProvider(use),
        use => use.UsedType.ContainingAssembly?.Name == ArrowTable.Provider.Assembly
            && NamespaceOf(use) != ArrowTable.Provider.RootNamespace
            && NamespaceOf(use) != "Microsoft.Extensions.DependencyInjection");

    /// <summary>Time comes from a TimeProvider, so that a test can own it; and nothing sleeps.</summary>
    internal static readonly ForbiddenUse RealClocks = new(
        _ => true,
        use => (FullName(use.UsedType), use.Symbol) switch
        {
            ("System.DateTime", IPropertySymbol { Name: "UtcNow" or "Now" or "Today" }) => true,
            ("System.DateTimeOffset", IPropertySymbol { Name: "UtcNow" or "Now" }) => true,
            ("System.Environment", IPropertySymbol { Name: "TickCount" or "TickCount64" }) => true,
            ("System.Diagnostics.Stopwatch", _) => true,
            ("System.Threading.Thread", IMethodSymbol { Name: "Sleep" }) => true,
            ("System.Threading.Timer", _) => true,
            ("System.Threading.Tasks.Task" or "System.Threading.Tasks.Task<TResult>",
                IMethodSymbol { Name: "Delay" or "WaitAsync" } method) => TellsTimeWithoutProvider(method),
            ("System.Threading.PeriodicTimer" or "System.Threading.CancellationTokenSource",
                IMethodSymbol { MethodKind: MethodKind.Constructor } method) => TellsTimeWithoutProvider(method),
            _ => false,
        });

    internal IEnumerable<string> Violations(CompiledSources project) =>
        from use in project.Uses
        where Where(use) && What(use)
        select use.ToString();

    private static bool TellsTimeWithoutProvider(IMethodSymbol method) =>
        method.Parameters.Any(parameter => parameter.Type.Name == "TimeSpan" || parameter.Type.SpecialType == SpecialType.System_Int32)
        && !method.Parameters.Any(parameter => parameter.Type.Name == "TimeProvider");

    private static bool IsProvider(SymbolUse use) => use.Project.Arrows.Name == ArrowTable.Provider.Name;

    private static bool IsOurs(SymbolUse use) => use.Project.LayerOf(use.UsedType) is not null;

    private static string NamespaceOf(SymbolUse use) => use.UsedType.ContainingNamespace?.ToDisplayString() ?? "";

    private static string FullName(ITypeSymbol type) => type.OriginalDefinition.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);

    private static bool Within(string space, string root) =>
        space == root || space.StartsWith(root + ".", StringComparison.Ordinal);
}
