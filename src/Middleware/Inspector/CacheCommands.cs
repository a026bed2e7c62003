using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;
using ScopedCaching.Telemetry;

namespace ScopedCaching.Inspector;

/// <summary>The commands, over the caches of the factory: as background work of the application would use them.</summary>
internal sealed class CacheCommands(
    CacheServices services,
    EntryScopes scopes,
    Func<RecentKeys?> keys,
    Func<CancellationToken, ValueTask<IReadOnlyList<ServerAnswer>>> servers,
    CommandSurroundings surroundings,
    ILogger logger) : IScopedCacheCommands
{
    private const int Done = 0;
    private const int Nothing = 1;
    private const int Incomplete = 2;
    private const int Unreachable = 3;

    private const int HashLength = 8;

    private const string Request = "command line";
    private const string OfItsOwn =
        "This command uses its own embedded cache, which ends with the command. Set CACHE_HOST or Cache:LocalPath to work on entries that other processes have stored.";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(int.MaxValue);

    private static readonly string[] s_outcomes = ["done", "nothing there, or not stored", "not complete", "the cache could not be reached"];

    public async ValueTask<ScopedCacheCommandResult> RunAsync(ScopedCacheCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        var result = await AnswerAsync(command, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == Incomplete || command.Action == ScopedCacheAction.Keys)
        {
            return result;
        }

        if (command.Action != ScopedCacheAction.Stats)
        {
            CacheLog.InspectorUsed(logger, TagValues<ScopedCacheAction>.Of(command.Action), TagValues<StorageLevel>.Of(command.Level), s_outcomes[result.ExitCode], Request);
        }

        return surroundings.HasCacheOfItsOwn ? result with { Note = OfItsOwn } : result;
    }

    private async ValueTask<ScopedCacheCommandResult> AnswerAsync(ScopedCacheCommand command, CancellationToken cancellationToken)
    {
        if (!Enum.IsDefined(command.Action) || !Enum.IsDefined(command.Level))
        {
            return new(Incomplete, Enum.IsDefined(command.Action) ? "The level is stack, session or service." : "There is no such command.");
        }

        try
        {
            return command.Action switch
            {
                ScopedCacheAction.Keys => List(command),
                ScopedCacheAction.Stats => await FiguresAsync(cancellationToken).ConfigureAwait(false),
                ScopedCacheAction.Clear => await ClearAsync(command, cancellationToken).ConfigureAwait(false),
                _ when command.Key is null => new(Incomplete, "Give a key."),
                ScopedCacheAction.Read => await ReadAsync(command, command.Key, cancellationToken).ConfigureAwait(false),
                ScopedCacheAction.Remove => await RemoveAsync(command, command.Key, cancellationToken).ConfigureAwait(false),
                _ => await WriteAsync(command, command.Key, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (ScopeUnavailableException)
        {
            return new(Incomplete, command.Level == StorageLevel.Session ? "The session level needs a customer, a user and a session." : "The stack level needs a customer.");
        }
        catch (JsonException)
        {
            return new(Incomplete, "The value is not JSON.");
        }
        catch (ArgumentException refusal)
        {
            return new(Incomplete, refusal.Message);
        }
        catch (MemcachedException fault)
        {
            return new(fault is MemcachedValueTooLargeException ? Nothing : Unreachable, fault.Message);
        }
    }

    private FixedScopeSource Source(ScopedCacheCommand command) => new(scopes, command.Level, command.Customer, command.User, command.Session);

    private CacheView Cache(ScopedCacheCommand command) => new(services, Source(command), command.Level, command.Prefix, options: null);

    private async ValueTask<ScopedCacheCommandResult> ReadAsync(ScopedCacheCommand command, string key, CancellationToken cancellationToken)
    {
        var scope = await Source(command).ScopeAsync(command.Level, command.Prefix).ConfigureAwait(false);
        var value = await ValueReader.ReadAsync(services.Fresh, scope.Entry(key), isPlain: false, cancellationToken).ConfigureAwait(false);
        if (value.Is(ReadOutcome.Unopenable))
        {
            // Whoever asks by hand wants to see what is there, also where it was stored without encryption.
            value = await ValueReader.ReadAsync(services.Fresh, scope.Entry(key), isPlain: true, cancellationToken).ConfigureAwait(false);
        }

        return value.Text is { } text ? new(Done, text)
            : value.Is(ReadOutcome.Unavailable) ? new(Unreachable, "The cache could not be reached.")
            : new(Nothing, "There is no such entry.");
    }

    private async ValueTask<ScopedCacheCommandResult> WriteAsync(ScopedCacheCommand command, string key, CancellationToken cancellationToken)
    {
        if (command.Value is null)
        {
            return new(Incomplete, "Give a value.");
        }

        if (command.Expiration <= TimeSpan.Zero || command.Expiration >= s_longest)
        {
            return new(Incomplete, "Specify a positive time of less than 68 years, or none.");
        }

        var policy = command.Expiration is { } expiration ? services.DefaultPolicy with { Expiration = expiration } : services.DefaultPolicy;
        var stored = command.IsJson
            ? await StoreAsync(JsonElement.Parse(command.Value)).ConfigureAwait(false)
            : await StoreAsync(command.Value).ConfigureAwait(false);
        if (stored)
        {
            return new(Done, "Stored.");
        }

        // A write says only that it did not come to be; whether there is anybody to store it, a read says.
        var scope = await Source(command).ScopeAsync(command.Level, command.Prefix).ConfigureAwait(false);
        var there = await ValueReader.ReadAsync(services.Fresh, scope.Entry(key), isPlain: false, cancellationToken).ConfigureAwait(false);
        return there.Is(ReadOutcome.Unavailable) ? new(Unreachable, "Not stored: the cache could not be reached.")
            : command.Action == ScopedCacheAction.Update && there.Text is null ? new(Nothing, "Not stored: there is no such entry.")
            : new(Nothing, "Not stored: the cache refused it, or is switched off.");

        ValueTask<bool> StoreAsync<T>(T value) => command.Action == ScopedCacheAction.Update
            ? Cache(command).ReplaceAsync(key, value, policy, cancellationToken)
            : Cache(command).SetAsync(key, value, policy, cancellationToken);
    }

    private async ValueTask<ScopedCacheCommandResult> RemoveAsync(ScopedCacheCommand command, string key, CancellationToken cancellationToken) =>
        await Cache(command).RemoveAsync(key, cancellationToken).ConfigureAwait(false) switch
        {
            RemoveOutcome.Removed => new(Done, "Removed."),
            RemoveOutcome.NotFound => new(Nothing, "There is no such entry."),
            _ => new(Unreachable, "Not delivered: it may still be there."),
        };

    private async ValueTask<ScopedCacheCommandResult> ClearAsync(ScopedCacheCommand command, CancellationToken cancellationToken) =>
        await Cache(command).ClearAsync(cancellationToken).ConfigureAwait(false) ? new(Done, "Cleared.") : new(Unreachable, "Not delivered: values may still be found.");

    private ScopedCacheCommandResult List(ScopedCacheCommand command)
    {
        if (keys() is not { } recent)
        {
            return new(Nothing, "Recent keys are off. Cache:RecentKeys turns them on, and Cache:RecentKeysPath names the file that the application shares with this command.");
        }

        var (text, rows) = (new StringBuilder(), recent.Latest());
        foreach (var row in rows)
        {
            var (scope, key) = (row.Address.Scope, row.Address.Key);
            if (command.Key is { } search && !key.Contains(search, StringComparison.OrdinalIgnoreCase) && !scope.View.Contains(search, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var whose = scope.Isolation.Length == 0 ? "-" : command.RevealsCustomers ? scope.Isolation : services.Store.Fingerprint(scope.WithView("").Entry(""))[..HashLength];
            text.AppendLine(CultureInfo.InvariantCulture, $"{scope.Level}\t{Plain(whose)}\t{Plain(scope.View)}\t{Plain(key)}\t{row.Hits} hits\t{row.Size?.ToString(CultureInfo.InvariantCulture) ?? "-"} bytes\t{row.UsedAt:u}");
        }

        return text.Length > 0 ? new(Done, text.ToString().TrimEnd())
            : rows.Length > 0 ? new(Nothing, "No recently used key contains that text.")
            : surroundings.SharesKeys ? new(Nothing, "There are no recently used keys.")
            : new(Nothing, "A command sees the keys of other processes only if both use the same file, but Cache:RecentKeysPath is not set.");
    }

    private async ValueTask<ScopedCacheCommandResult> FiguresAsync(CancellationToken cancellationToken)
    {
        var answers = await servers(cancellationToken).ConfigureAwait(false);
        var text = string.Join(Environment.NewLine, answers.Select(static server => server.Fault is { } fault
            ? $"{server.Name}\t{server.State ?? "-"}\t{Plain(fault)}"
            : $"{server.Name}\t{server.State}\tmemcached {Plain(server.Version ?? "-")}\t{server.Items} items\t{server.Bytes} of {server.Capacity} bytes\t{server.Evictions} evictions\t{server.Connections} connections\t{server.Hits} hits\t{server.Misses} misses"));
        return new(answers.Any(static server => server.Fault is not null) ? Unreachable : Done, text);
    }

    // A terminal obeys control characters; a key of somebody's must not.
    private static string Plain(string text) => string.Concat(text.Select(static character => char.IsControl(character) ? "\\u" + ((int)character).ToString("x4", CultureInfo.InvariantCulture) : character.ToString()));
}
