using Provider.Tests.Doubles;

namespace Fleet.Tests.Doubles;

/// <summary>An order under way, and what the node has said about it so far.</summary>
public sealed class NodeOrder(string text)
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Dictionary<string, string>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _runs;

    /// <summary>Completes when all the callers of a get have called.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Completes when a factory run begins.</summary>
    public Task Started => _started.Task;

    /// <summary>The answer's options. Fails when the order fails, or its process ends.</summary>
    public Task<Dictionary<string, string>> Done => _done.Task;

    /// <summary>How many factory runs have begun, whether they ended or not.</summary>
    public int Runs => Volatile.Read(ref _runs);

    /// <summary>The different values that the callers of a get were given, with how many got each.</summary>
    public async Task<Dictionary<string, int>> ValuesAsync() =>
        (await Done.InTime())["values"].Split(',').Select(static word => word.Split('*')).ToDictionary(static pair => pair[0], static pair => int.Parse(pair[1]), StringComparer.Ordinal);

    /// <summary>The one value that all callers of a get were given.</summary>
    public async Task<string> ValueAsync() => Assert.Single(await ValuesAsync()).Key;

    internal void Hear(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "asked":
                _asked.SetResult();
                break;
            case "started":
                Interlocked.Increment(ref _runs);
                _started.TrySetResult();
                break;
            case "done":
                _done.SetResult(words.Skip(1).Select(static word => word.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal));
                break;
            default:
                Abandon(new InvalidOperationException($"'{text}' {line}"));
                break;
        }
    }

    internal void Abandon(Exception why)
    {
        foreach (var wait in (TaskCompletionSource[])[_asked, _started])
        {
            wait.TrySetException(why);
            _ = wait.Task.Exception;
        }

        _done.TrySetException(why);
        _ = _done.Task.Exception;
    }
}
