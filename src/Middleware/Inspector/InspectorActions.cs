using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Inspector;

/// <summary>
/// What a person does to entries. The scope is the caller's own, found as their requests' scope is; another's is reached only by an entry of the list, and only by those who manage
/// others. Values are read and written in the caller's own scopes and at the service level, never in another's, whoever asks.
/// </summary>
internal sealed class InspectorActions(CacheServices services, EntryScopes scopes, InspectorQueries queries, InspectorAccess access, ILogger logger)
{
    private const int LongestKey = 8 << 10;
    private const double FewestSeconds = 0.001;

    // One message a setting, so that whoever looks after the application knows which.
    private const string NoReading = "Reading values is switched off: ScopedCacheInspectorOptions.AllowReadingValues.";
    private const string NoWriting = "Writing values is switched off: ScopedCacheInspectorOptions.AllowWritingValues.";
    private const string Levels = "level is stack, session or service.";
    private const string NotFound = "The entry is not in the list, or you do not have that scope.";

    private static readonly string[] s_levels = [nameof(StorageLevel.Stack), nameof(StorageLevel.Session), nameof(StorageLevel.Service)];

    public async ValueTask<(int Status, ShownValue Answer)> ReadAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken)
    {
        if (!access.ReadsValues)
        {
            return (StatusCodes.Status403Forbidden, new ShownValue("Forbidden", Reason: NoReading));
        }

        var (refusal, scope, key) = Target(request, caller, needsKey: true);
        if (scope is null || key is null)
        {
            return (refusal.Status, new ShownValue(refusal.Outcome, Reason: refusal.Reason));
        }

        // Of other customers' values not even those see any who manage their entries.
        if (!caller.Owns(scope) && scope.Isolation.Length > 0)
        {
            CacheLog.InspectorRefused(logger, "read", caller.Request);
            return (StatusCodes.Status403Forbidden, new ShownValue("Forbidden", Reason: "The entry belongs to another customer or session. Its values are never shown."));
        }

        var address = scope.Entry(key);
        CacheLog.InspectorUsed(logger, "read", scope.Level, "asked", caller.Request);
        return (StatusCodes.Status200OK, await ValueReader.ReadAsync(services.Fresh, address, queries.IsPlain(address), cancellationToken).ConfigureAwait(false));
    }

    public ValueTask<(int Status, ActionAnswer Answer)> RemoveAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken) =>
        ChangeAsync("remove", request, caller, needsKey: true, async (cache, key) => (await cache.RemoveAsync(key, cancellationToken).ConfigureAwait(false)).ToString());

    public ValueTask<(int Status, ActionAnswer Answer)> ClearAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken) =>
        ChangeAsync("clear", request, caller, needsKey: false, async (cache, _) => Delivered(await cache.ClearAsync(cancellationToken).ConfigureAwait(false)));

    public ValueTask<(int Status, ActionAnswer Answer)> RemoveTagAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken)
    {
        string[] tags = [request.Tag ?? ""];
        return string.IsNullOrEmpty(request.Tag) || request.Tag.Length > LongestKey
            ? new((StatusCodes.Status400BadRequest, new ActionAnswer("Refused", $"Give a tag of at most {LongestKey} characters.")))
            : ChangeAsync("remove a tag", request, caller, needsKey: false, async (cache, _) => Delivered(await cache.RemoveByTagAsync(tags, cancellationToken).ConfigureAwait(false)));
    }

    public ValueTask<(int Status, ActionAnswer Answer)> SetAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken) =>
        WriteAsync("set", onlyIfPresent: false, request, caller, cancellationToken);

    public ValueTask<(int Status, ActionAnswer Answer)> UpdateAsync(InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken) =>
        WriteAsync("update", onlyIfPresent: true, request, caller, cancellationToken);

    private ValueTask<(int Status, ActionAnswer Answer)> WriteAsync(
        string action, bool onlyIfPresent, InspectorRequest request, InspectorCaller caller, CancellationToken cancellationToken)
    {
        if (!access.WritesValues)
        {
            return new((StatusCodes.Status403Forbidden, new ActionAnswer("Forbidden", NoWriting)));
        }

        if (request.Id is not null || request.Value is null || request.Seconds is not null and not (>= FewestSeconds and < int.MaxValue))
        {
            return new((StatusCodes.Status400BadRequest, new ActionAnswer("Refused", "Specify level, key and value, but no id. seconds must be omitted, or be at least 0.001 and less than 68 years.")));
        }

        var policy = request.Seconds is { } seconds ? services.DefaultPolicy with { Expiration = TimeSpan.FromSeconds(seconds) } : services.DefaultPolicy;
        return ChangeAsync(action, request, caller, needsKey: true, async (cache, key) =>
        {
            var stored = request.Json
                ? await StoreAsync(cache, key, JsonElement.Parse(request.Value), policy, onlyIfPresent, cancellationToken).ConfigureAwait(false)
                : await StoreAsync(cache, key, request.Value, policy, onlyIfPresent, cancellationToken).ConfigureAwait(false);
            return stored ? "Stored" : "NotStored";
        });
    }

    private static ValueTask<bool> StoreAsync<T>(CacheView cache, string key, T value, CachePolicy policy, bool onlyIfPresent, CancellationToken cancellationToken) =>
        onlyIfPresent ? cache.ReplaceAsync(key, value, policy, cancellationToken) : cache.SetAsync(key, value, policy, cancellationToken);

    private async ValueTask<(int Status, ActionAnswer Answer)> ChangeAsync(
        string action, InspectorRequest request, InspectorCaller caller, bool needsKey, Func<CacheView, string, ValueTask<string>> change)
    {
        var (refusal, scope, key) = Target(request, caller, needsKey);
        if (scope is null)
        {
            return (refusal.Status, new ActionAnswer(refusal.Outcome, refusal.Reason));
        }

        if (!caller.Owns(scope) && !caller.Manages)
        {
            CacheLog.InspectorRefused(logger, action, caller.Request);
            return (StatusCodes.Status403Forbidden, new ActionAnswer("Forbidden", "This does not belong to your own customer. Changing it requires the policy for managing the cache."));
        }

        try
        {
            var level = Enum.Parse<StorageLevel>(scope.Level, ignoreCase: true);
            var outcome = await change(new CacheView(services, new SingleScopeSource(scope.WithView(""), level), level, scope.View, options: null), key ?? "").ConfigureAwait(false);
            CacheLog.InspectorUsed(logger, action, scope.Level, outcome, caller.Request);
            return (StatusCodes.Status200OK, new ActionAnswer(outcome));
        }
        catch (Exception fault) when (fault is ArgumentException or JsonException or NotSupportedException or MemcachedValueTooLargeException)
        {
            return (StatusCodes.Status400BadRequest, new ActionAnswer("Refused", fault is JsonException ? "The value is not JSON." : fault.Message));
        }
    }

    private (Refusal Refusal, EntryScope? Scope, string? Key) Target(InspectorRequest request, InspectorCaller caller, bool needsKey)
    {
        if (request.Id is { } id)
        {
            // What concerns a whole scope concerns all of its views, unless one is named.
            return queries.Find(id) is not { } found || !IsLevel(found.Scope.Level, out _) ? (Refusal.Absent, null, null)
                : needsKey ? (default, found.Scope, found.Key)
                : (default, found.Scope.WithView(request.View ?? ""), null);
        }

        if (!IsLevel(request.Level, out var level))
        {
            return (Refusal.Of(Levels), null, null);
        }

        if (needsKey && request.Key is null)
        {
            return (Refusal.Of("Give a key, or the id of an entry in the list."), null, null);
        }

        if (request.Key?.Length > LongestKey || request.View?.Length > LongestKey)
        {
            return (Refusal.Of($"key and view have at most {LongestKey} characters each."), null, null);
        }

        return caller.Own(level, scopes) is { } own
            ? (default, request.View is { Length: > 0 } view ? own.WithView(view) : own, request.Key)
            : (Refusal.Absent, null, null);
    }

    // Not numbers, and not several names at once.
    private static bool IsLevel(string? text, out StorageLevel level)
    {
        var index = Array.FindIndex(s_levels, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        level = index < 0 ? StorageLevel.Stack : (StorageLevel)index;
        return index >= 0;
    }

    private static string Delivered(bool delivered) => delivered ? "Removed" : "Undelivered";

    /// <summary>Why there is nothing to do something to.</summary>
    private readonly record struct Refusal(int Status, string Outcome, string Reason)
    {
        public static Refusal Absent { get; } = new(StatusCodes.Status404NotFound, "NotFound", NotFound);

        public static Refusal Of(string reason) => new(StatusCodes.Status400BadRequest, "Refused", reason);
    }
}
