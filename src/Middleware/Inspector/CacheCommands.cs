using System.Globalization;
using System.Text;
using System.Text.Json;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>The commands, over the caches of the factory: as background work of the application would use them.</summary>
internal sealed class CacheCommands(
    CacheServices services,
    EntryScopes scopes,
    Func<RecentKeys?> keys,
    Func<CancellationToken, ValueTask<IReadOnlyList<ServerAnswer>>> servers) : IScopedCacheCommands
{
    private const int Done = 0;
    private const int Nothing = 1;
    private const int Incomplete = 2;
    private const int Unreachable = 3;

    private const int HashLength = 8;

    public async ValueTask<ScopedCacheCommandResult> RunAsync(ScopedCacheCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
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
                ScopedCacheAction.Set or ScopedCacheAction.Update => await WriteAsync(command, command.Key, cancellationToken).ConfigureAwait(false),
                _ => throw new ArgumentOutOfRangeException(nameof(command)),
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
        if (command.Value is null || command.Expiration <= TimeSpan.Zero)
        {
            return new(Incomplete, "Give a value, and a positive time or none.");
        }

        var policy = command.Expiration is { } expiration ? services.DefaultPolicy with { Expiration = expiration } : services.DefaultPolicy;
        var stored = command.IsJson
            ? await StoreAsync(JsonElement.Parse(command.Value)).ConfigureAwait(false)
            : await StoreAsync(command.Value).ConfigureAwait(false);
        return stored ? new(Done, "Stored.") : new(Nothing, command.Action == ScopedCacheAction.Update ? "Not stored: there is no such entry, or the cache could not be reached." : "Not stored: the cache could not be reached, or is switched off.");

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

        var text = new StringBuilder();
        foreach (var row in recent.Latest())
        {
            var (scope, key) = (row.Address.Scope, row.Address.Key);
            if (command.Key is { } search && !key.Contains(search, StringComparison.OrdinalIgnoreCase) && !scope.View.Contains(search, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var whose = scope.Isolation.Length == 0 ? "-" : command.RevealsCustomers ? scope.Isolation : services.Store.Fingerprint(scope.WithView("").Entry(""))[..HashLength];
            text.AppendLine(CultureInfo.InvariantCulture, $"{scope.Level}\t{Plain(whose)}\t{Plain(scope.View)}\t{Plain(key)}\t{row.Hits} hits\t{row.Size?.ToString(CultureInfo.InvariantCulture) ?? "-"} bytes\t{row.UsedAt:u}");
        }

        return text.Length == 0 ? new(Nothing, "No key was used lately.") : new(Done, text.ToString().TrimEnd());
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
