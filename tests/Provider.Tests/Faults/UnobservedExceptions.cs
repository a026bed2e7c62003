namespace Provider.Tests.Faults;

/// <summary>Exceptions of tasks that nobody looked at.</summary>
internal sealed class UnobservedExceptions : IDisposable
{
    private readonly List<string> _seen = [];

    public UnobservedExceptions()
    {
        // What others left behind is not ours.
        Collect();
        TaskScheduler.UnobservedTaskException += Note;
    }

    public string[] Take()
    {
        TaskScheduler.UnobservedTaskException += Note;
        Collect();
        TaskScheduler.UnobservedTaskException -= Note;
        lock (_seen)
        {
            return [.. _seen];
        }
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Note;

    private static void Collect()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private void Note(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        lock (_seen)
        {
            _seen.Add(e.Exception.ToString());
        }
    }
}
