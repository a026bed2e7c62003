using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScopedCaching.Memcached.Client;

namespace ScopedCaching.Memcached.Hosting;

/// <summary>
/// Tells how the backend is, and each of the memcached servers. A DataProtection key ring that is not shared is a fault of the set-up that only this tells, and so is a link that a server or we
/// refuse: the description says what to change. The keys of the data are those in docs/configuration.md.
/// </summary>
internal sealed class MemcachedHealthCheck(BackendHealth backend) : IHealthCheck
{
    // The rest of many servers stands in the data.
    private const int MostReasons = 3;

    private const string ForeignKeyRing =
        "Entries were sealed under a DataProtection key ring that this process does not have; they are treated as misses. All processes must share one key ring: use PersistKeysTo… with a place that all of them can reach, and SetApplicationName with the same name in all of them.";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var answers = await backend.AskAsync(cancellationToken).ConfigureAwait(false);
        ServerAnswer<string>[] silent = [.. answers.Where(static answer => answer.Fault is not null).OrderByDescending(static answer => answer.Cause is MemcachedLinkException)];
        var isForeign = backend.ForeignKeyRingSeen;

        // Whoever comes back has answered already.
        var isGone = silent.Length == answers.Length && !Array.Exists(silent, static answer => answer.State == MemcachedServerState.Recovering);
        var status = isGone ? context.Registration.FailureStatus
            : silent.Length > 0 || isForeign ? HealthStatus.Degraded
            : HealthStatus.Healthy;
        var description = silent.Length == answers.Length || silent.Length > 0 ? DescribeSilence(answers.Length, silent) : DescribeAnswers(answers);
        return new HealthCheckResult(
            status,
            !isForeign ? description : silent.Length > 0 ? $"{description} {ForeignKeyRing}" : ForeignKeyRing,
            data: Data(answers, silent, isForeign));
    }

    private Dictionary<string, object> Data(ServerAnswer<string>[] answers, ServerAnswer<string>[] silent, bool isForeign)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["backend"] = backend.Name,
            ["undeliveredRemovals"] = backend.Undelivered,
            ["foreignKeyRing"] = isForeign,
        };
        if (backend.HasServers)
        {
            data["servers"] = Array.ConvertAll(answers, static answer => HealthOf(answer));
        }
        else if (silent.Length == 0)
        {
            data["roundTripMilliseconds"] = Milliseconds(answers[0].RoundTrip);
        }

        if (silent.Length > 0)
        {
            data["fault"] = silent[0].Cause!.GetType().Name;
        }
        else if (answers.Length == 0)
        {
            data["fault"] = nameof(MemcachedConnectionException);
        }

        return data;
    }

    private static MemcachedServerHealth HealthOf(in ServerAnswer<string> answer) => new(answer.Server, answer.State)
    {
        Version = answer.Result,
        RoundTripMilliseconds = answer.Fault is null ? Milliseconds(answer.RoundTrip) : null,
        Fault = answer.Cause?.GetType().Name,
        Message = answer.Fault is null ? null : ReasonOf(answer),
        UndeliveredRemovals = answer.Undelivered,
    };

    private string DescribeAnswers(ServerAnswer<string>[] answers) =>
        !backend.HasServers ? $"backend {backend.Name}"
        : answers.Length == 1 ? $"memcached {answers[0].Result}"
        : string.Create(CultureInfo.InvariantCulture, $"memcached {string.Join(", ", answers.Select(static answer => answer.Result).Distinct(StringComparer.Ordinal))} on {answers.Length} servers");

    private static string DescribeSilence(int count, ServerAnswer<string>[] silent)
    {
        if (count == 0)
        {
            return "No cache server is known: none of the configured names could be resolved so far.";
        }

        var reasons = string.Join(' ', silent.Select(static answer => ReasonOf(answer)).Distinct(StringComparer.Ordinal).Take(MostReasons));
        return count == 1 ? reasons
            : string.Create(CultureInfo.InvariantCulture, $"{silent.Length} of {count} cache servers do not answer: {string.Join(", ", silent.Select(static answer => answer.Server))}. {reasons}");
    }

    private static string ReasonOf(in ServerAnswer<string> answer) => answer.State == MemcachedServerState.Recovering
        ? $"The server {answer.Server} is back, and is first receiving the removals that it missed."
        : answer.Cause!.Message is var message && message.Contains(answer.Server, StringComparison.Ordinal) ? message
        : $"{answer.Server}: {message}";

    private static double Milliseconds(TimeSpan span) => Math.Round(span.TotalMilliseconds, 3);
}
