using System.Text.Json.Serialization;
using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>Who is looking, and what they may.</summary>
internal sealed record StateAnswer(
    string Token, string? Customer, string? Session, bool Manages, bool ReadsValues, bool WritesValues, bool RemembersKeys, int Capacity, string Machine, int Process);

/// <summary>A recent key. <paramref name="Key"/> and <paramref name="View"/> are null where it belongs to somebody else.</summary>
internal sealed record KeyAnswer(
    string Id,
    string Level,
    string Scope,
    string? Customer,
    bool Own,
    string? View,
    string? Key,
    long Hits,
    DateTimeOffset UsedAt,
    int? Size,
    bool? Encrypted,
    DateTimeOffset? ExpiresAt);

internal sealed record KeysAnswer(int Known, IReadOnlyList<KeyAnswer> Keys);

internal sealed record CustomerAnswer(string? Scope, string? Customer, bool Own, long Hits, long Misses, double MeanMicroseconds);

/// <param name="Figures">The names of what <see cref="SecondFigures.Counts"/> holds for each level.</param>
/// <param name="Levels">The names of the levels, in the order of the counts.</param>
/// <param name="Seconds">The seconds asked for, the oldest first.</param>
/// <param name="Customers">The customers since counting began.</param>
/// <param name="Local">This process's memory.</param>
internal sealed record StatisticsAnswer(
    IReadOnlyList<string> Figures, IReadOnlyList<string> Levels, IReadOnlyList<SecondFigures> Seconds, IReadOnlyList<CustomerAnswer> Customers, LocalAnswer Local);

internal sealed record LocalAnswer(long Entries, long Bytes, long Capacity);

/// <summary>A server's figures; null: not told. One that does not answer has none, and a fault that says why; a backend that is no memcached has no state either.</summary>
internal sealed record ServerAnswer(
    string Name, string? State, string? Version, string? Fault, long? Items = null, long? Bytes = null, long? Capacity = null, long? Evictions = null, long? Connections = null,
    long? Hits = null, long? Misses = null, long? UptimeSeconds = null);

/// <summary>What a person asks for. Which of the fields count depends on what is asked.</summary>
/// <param name="Id">An entry of the list of recent keys, which may be another customer's.</param>
/// <param name="Level">Else: the level, of one's own.</param>
/// <param name="View">And the added prefix.</param>
/// <param name="Key">And the key.</param>
/// <param name="Tag">A tag.</param>
/// <param name="Value">A value.</param>
/// <param name="Json">Whether the value is JSON, else text.</param>
/// <param name="Seconds">How long it lives; null for as long as the default policy says.</param>
internal sealed record InspectorRequest(
    string? Id = null, string? Level = null, string? View = null, string? Key = null, string? Tag = null, string? Value = null, bool Json = false, double? Seconds = null);

/// <summary>What came of it.</summary>
internal sealed record ActionAnswer(string Outcome, string? Reason = null);

/// <summary>A value as it can be shown.</summary>
internal sealed record ShownValue(string Outcome, string? Form = null, string? Text = null, bool IsCut = false, int? Size = null, DateTimeOffset? ExpiresAt = null, DateTimeOffset? FreshUntil = null, string? Reason = null)
{
    public bool Is(ReadOutcome outcome) => string.Equals(Outcome, outcome.ToString(), StringComparison.Ordinal);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(StateAnswer))]
[JsonSerializable(typeof(KeysAnswer))]
[JsonSerializable(typeof(StatisticsAnswer))]
[JsonSerializable(typeof(IReadOnlyList<ServerAnswer>))]
[JsonSerializable(typeof(InspectorRequest))]
[JsonSerializable(typeof(ActionAnswer))]
[JsonSerializable(typeof(ShownValue))]
[JsonSerializable(typeof(StoredKeys))]
internal sealed partial class InspectorJson : JsonSerializerContext;
