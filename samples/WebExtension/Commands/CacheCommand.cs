using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Options;
using ScopedCaching;

namespace WebExtension.Commands;

/// <summary>The cache from a command line: <c>dotnet run -- cache read account:1 --customer "Alder Savings"</c>. Copy it: it needs the package System.CommandLine and nothing else of this sample.</summary>
public static class CacheCommand
{
    private const string Name = "cache";
    private const int NotComplete = 2;
    private const double FewestSeconds = 0.001;

    private static readonly Option<StorageLevel> s_level = new("--level") { Description = "stack, session or service.", DefaultValueFactory = static _ => StorageLevel.Stack, CustomParser = Level };
    private static readonly Option<string> s_customer = new("--customer") { Description = "The customer key; the stack and session levels need it." };
    private static readonly Option<string> s_user = new("--user") { Description = "The user's id; the session level needs it." };
    private static readonly Option<string> s_session = new("--session") { Description = "The session's id; the session level needs it." };
    private static readonly Option<string> s_prefix = new("--prefix") { Description = "The added prefix, as of GetCache(prefix).", DefaultValueFactory = static _ => "" };
    private static readonly Option<bool> s_json = new("--json") { Description = "The value is JSON, not text." };
    private static readonly Option<double?> s_seconds = new("--for") { Description = "How many seconds it lives; as the default policy says, unless given.", CustomParser = Seconds };
    private static readonly Option<string> s_search = new("--search") { Description = "Only keys and prefixes with this in them." };
    private static readonly Option<bool> s_reveal = new("--reveal") { Description = "Customers by name, not as short hashes." };
    private static readonly Argument<string> s_key = new("key") { Description = "The caller's own key." };
    private static readonly Argument<string> s_value = new("value") { Description = "The value." };

    /// <summary>Whether the arguments are a command for the cache.</summary>
    public static bool IsAskedFor(string[] args) => args is [Name, ..];

    /// <summary>The exit code, when the arguments are a command for the cache; else null, and nothing was done.</summary>
    public static async Task<int?> TryRunAsync(string[] args, IServiceProvider services, InvocationConfiguration? output = null)
    {
        if (!IsAskedFor(args))
        {
            return null;
        }

        output ??= new InvocationConfiguration();
        IScopedCacheCommands commands;
        try
        {
            commands = services.GetRequiredService<IScopedCacheCommands>();
        }
        catch (OptionsValidationException unusable)
        {
            await output.Error.WriteLineAsync(unusable.Message);
            return NotComplete;
        }

        var root = new RootCommand("A small online bank.") { Make(commands) };
        var given = root.Parse(args);
        if (given.Action is ParseErrorAction mistake)
        {
            // Standard output is for answers.
            mistake.ShowHelp = false;
        }

        var exitCode = await given.InvokeAsync(output);
        return given.Errors.Count > 0 ? NotComplete : exitCode;
    }

    private static Command Make(IScopedCacheCommands commands)
    {
        return new Command(Name, "Looks into the cache and changes it, in an explicit scope.")
        {
            Scoped("read", "Shows a value.", ScopedCacheAction.Read, [s_key]),
            Scoped("set", "Stores a value, whatever was there.", ScopedCacheAction.Set, [s_key, s_value], s_json, s_seconds),
            Scoped("update", "Stores a value where there is one.", ScopedCacheAction.Update, [s_key, s_value], s_json, s_seconds),
            Scoped("remove", "Removes a value.", ScopedCacheAction.Remove, [s_key]),
            Scoped("clear", "Makes everything of the scope, or of the prefix in it, a miss.", ScopedCacheAction.Clear, []),
            Plain("keys", "Lists the recently used keys, the latest first.", ScopedCacheAction.Keys, s_search, s_reveal),
            Plain("stats", "Shows the servers' figures.", ScopedCacheAction.Stats),
        };

        Command Scoped(string name, string description, ScopedCacheAction action, Argument[] arguments, params Option[] options)
        {
            var command = Plain(name, description, action, [s_level, s_customer, s_user, s_session, s_prefix, .. options]);
            Array.ForEach(arguments, command.Add);
            return command;
        }

        Command Plain(string name, string description, ScopedCacheAction action, params Option[] options)
        {
            var command = new Command(name, description);
            Array.ForEach(options, command.Add);
            command.SetAction(async (given, cancellationToken) =>
            {
                var result = await commands.RunAsync(Read(given, action), cancellationToken);
                var (output, error) = (given.InvocationConfiguration.Output, given.InvocationConfiguration.Error);
                await (result.ExitCode == 0 ? output : error).WriteLineAsync(result.Text);
                if (result.Note is { } note)
                {
                    await error.WriteLineAsync(note);
                }

                return result.ExitCode;
            });
            return command;
        }
    }

    // By its name alone: as an enum, 7 would be a level too.
    private static StorageLevel Level(ArgumentResult given)
    {
        var name = given.Tokens[0].Value;
        var level = Enum.GetValues<StorageLevel>().Cast<StorageLevel?>().FirstOrDefault(level => name.Equals(level.ToString(), StringComparison.OrdinalIgnoreCase));
        if (level is null)
        {
            given.AddError("--level is stack, session or service.");
        }

        return level ?? StorageLevel.Stack;
    }

    private static double? Seconds(ArgumentResult given)
    {
        if (double.TryParse(given.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= FewestSeconds and < int.MaxValue)
        {
            return seconds;
        }

        given.AddError("--for is a number of seconds: at least 0.001, and less than 68 years.");
        return null;
    }

    private static ScopedCacheCommand Read(ParseResult given, ScopedCacheAction action)
    {
        return new ScopedCacheCommand(action)
        {
            Level = Of(s_level),
            Customer = Of(s_customer),
            User = Of(s_user),
            Session = Of(s_session),
            Prefix = Of(s_prefix) ?? "",
            Key = Of(s_search) ?? (given.GetResult(s_key) is null ? null : given.GetValue(s_key)),
            Value = given.GetResult(s_value) is null ? null : given.GetValue(s_value),
            IsJson = Of(s_json),
            Expiration = Of(s_seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RevealsCustomers = Of(s_reveal),
        };

        // Not every command has every option.
        T? Of<T>(Option<T> option) => given.GetResult(option) is null ? default : given.GetValue(option);
    }
}
