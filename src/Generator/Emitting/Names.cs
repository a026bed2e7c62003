using ScopedCaching.Generator.Models;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Names that several writers use.</summary>
internal static class Names
{
    public const string Function = "global::ScopedCaching.Functions.CachedFunction";
    public const string Terms = "global::ScopedCaching.Functions.CachedFunctionTerms";
    public const string Key = "global::ScopedCaching.Functions.FunctionKey";
    public const string Caches = "global::ScopedCaching.IScopedCache";
    public const string Token = "global::System.Threading.CancellationToken";
    public const string ValueTask = "global::System.Threading.Tasks.ValueTask";

    /// <summary>The private property by which a companion reaches the caches: a primary constructor's parameter is seen by members only.</summary>
    public const string CachesOfFunctions = "CachesOfCachedFunctions";

    /// <summary>The class that the functions are written into.</summary>
    public static string SelfType(this HostModel host) => host.Interface?.Wrapper ?? host.Self;

    /// <summary>The type of the object that keys and bodies are asked of.</summary>
    public static string TargetType(this HostModel host) => host.Interface?.Type ?? host.Self;

    /// <summary>The object that keys and bodies are asked of.</summary>
    public static string Target(this HostModel host, string self) => host.Interface is null ? self : self == "this" ? "_service" : self + "._service";

    public static string Declaration(this ParameterModel parameter, bool withDefault = false, bool withPrefix = true) =>
        $"{(withPrefix ? parameter.Prefix : "")}{parameter.Type} {parameter.Name}{(withDefault ? parameter.Default : "")}";

    /// <summary>A name that no parameter has.</summary>
    public static string Unused(IEnumerable<ParameterModel> parameters, params IEnumerable<string> wishes) =>
        wishes.First(wish => !parameters.Any(parameter => parameter.Name.TrimStart('@') == wish));
}
