using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ScopedCaching.Telemetry;

/// <summary>Names of tags: OpenTelemetry's where it has one, else ours under a prefix.</summary>
internal static class Tags
{
    public const string ErrorType = "error.type";
    public const string Level = "scopedcaching.level";
    public const string Operation = "scopedcaching.operation";
    public const string Outcome = "scopedcaching.outcome";
    public const string Tier = "scopedcaching.tier";
    public const string Reason = "scopedcaching.reason";
    public const string IsRefresh = "scopedcaching.refresh";
    public const string Keys = "scopedcaching.keys";
    public const string WaitedFor = "scopedcaching.waited_for";

    /// <summary>The full name of the exception's type. Never a message, which may hold anything.</summary>
    public static KeyValuePair<string, object?> Error(Exception error) => new(ErrorType, error.GetType().FullName);

    public static KeyValuePair<string, object?> Of<T>(string name, T value)
        where T : struct, Enum => new(name, TagValues<T>.Of(value));
}

/// <summary>What tags call the values of an enum, which counts from 0 without gaps: <c>GetOrCreate</c> is <c>get_or_create</c>.</summary>
internal static class TagValues<T>
    where T : struct, Enum
{
    public static IReadOnlyList<string> All { get; } = Array.ConvertAll(Enum.GetNames<T>(), JsonNamingPolicy.SnakeCaseLower.ConvertName);

    public static string Of(T value) => All[Unsafe.As<T, int>(ref value)];
}
