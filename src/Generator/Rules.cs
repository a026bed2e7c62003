using Microsoft.CodeAnalysis;

namespace ScopedCaching.Generator;

/// <summary>What can be wrong with a cached function. Ids are fixed; docs/functions.md explains each.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor MustBePartial = Rule(
        "SC0001", "A cached function is partial", "'{0}' has [Cached] but is not a partial method without a body: declare it 'partial', and put the body into '{1}'");

    public static readonly DiagnosticDescriptor NoBody = Rule(
        "SC0002", "A cached function has its body beside it", "'{0}' has no body: add '{1}' to '{2}'. Its parameters are the function's parameters, by name; any of them may be omitted.");

    public static readonly DiagnosticDescriptor NoCache = Rule(
        "SC0003",
        "A cached function has a cache in reach",
        "'{0}' finds no IScopedCache: {1}");

    public static readonly DiagnosticDescriptor ResultKind = Rule(
        "SC0004", "A cached function returns one value", "'{0}' returns '{1}', which cannot be cached: return a value, a Task<T> or a ValueTask<T>");

    public static readonly DiagnosticDescriptor Unserializable = Rule(
        "SC0005",
        "A cached result can be stored",
        "'{0}' returns '{1}', which cannot be stored without loss, because of '{2}': {3}. If your own serializer handles it, suppress this.");

    public static readonly DiagnosticDescriptor ParameterKind = Rule(
        "SC0006", "Parameters of a cached function are values", "The parameter '{0}' of '{1}' is {2}, which a cached function cannot have");

    public static readonly DiagnosticDescriptor UnknownPart = Rule(
        "SC0007", "What the key varies on exists", "'{0}' varies on '{1}': {2}");

    public static readonly DiagnosticDescriptor UnsupportedPart = Rule(
        "SC0008",
        "What the key varies on can stand in a key",
        "The key of '{0}' varies on '{1}', but its type '{2}' cannot be part of a key{3}: name the relevant parts with VaryOn, or implement ICacheKeyPart");

    public static readonly DiagnosticDescriptor UnknownSkip = Rule(
        "SC0009", "SkipWhen names a boolean", "SkipWhen of '{0}' is '{1}', which is {2}");

    public static readonly DiagnosticDescriptor SkipVaried = Rule(
        "SC0010", "What skips is no part of the key", "'{0}' skips when '{1}', but also varies on it: a skipping call would store a value where no other call reads it");

    public static readonly DiagnosticDescriptor BadKey = Rule(
        "SC0011", "Key can be read", "The key of '{0}' cannot be read: {1}");

    public static readonly DiagnosticDescriptor KeyAndVaryOn = Rule(
        "SC0012", "Key and VaryOn do not both say what varies", "'{0}' has both VaryOn and a key with placeholders or a method: only one of them can define what the key varies on");

    public static readonly DiagnosticDescriptor SessionInStatic = Rule(
        "SC0013",
        "A static function is not cached for a session",
        "'{0}' is static and cached at the session level: session data is created from that session's objects, so make it an instance method, or choose the stack level");

    public static readonly DiagnosticDescriptor DuplicateKey = Rule(
        "SC0014", "Two functions do not share a key", "'{0}' and '{1}' have the same key at the same level: give one of them another Key, KeyPrefix or VaryOn", "CompilationEnd");

    public static readonly DiagnosticDescriptor Host = Rule(
        "SC0015", "A cached function stands in a partial class or an interface", "'{0}' is in '{1}', {2}");

    public static readonly DiagnosticDescriptor BadValue = Rule(
        "SC0016", "What [Cached] says makes sense", "{0} of '{1}' is {2}");

    public static readonly DiagnosticDescriptor InterfaceMember = Rule(
        "SC0017", "A cached interface can be wrapped", "'{0}' has cached methods but cannot be wrapped: {1}");

    public static readonly DiagnosticDescriptor CompanionClash = Rule(
        "SC0018", "Overloads can share a companion", "'{0}' and '{1}' would have the same companion '{2}', which could not tell them apart: {3}");

    /// <summary>Those that leave the function as it is, so that it may be suppressed.</summary>
    public static bool Breaks(DiagnosticDescriptor rule) => rule.Id is not ("SC0005" or "SC0014");

    public static IEnumerable<DiagnosticDescriptor> All { get; } =
    [
        MustBePartial, NoBody, NoCache, ResultKind, Unserializable, ParameterKind, UnknownPart, UnsupportedPart, UnknownSkip, SkipVaried, BadKey, KeyAndVaryOn,
        SessionInStatic, DuplicateKey, Host, BadValue, InterfaceMember, CompanionClash,
    ];

    private static DiagnosticDescriptor Rule(string id, string title, string message, params string[] tags) => new(
        id, title, message, "ScopedCaching", DiagnosticSeverity.Error, isEnabledByDefault: true, title + ".", $"docs/functions.md#{id.ToLowerInvariant()}", tags);
}
