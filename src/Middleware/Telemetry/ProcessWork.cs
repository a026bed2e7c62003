namespace ScopedCaching.Telemetry;

/// <summary>
/// Work that belongs to the process: timers, loops, and what many wait for. The request that happens to begin it must not be kept by it, nor stand in its logs and traces for ever after.
/// </summary>
internal static class ProcessWork
{
    /// <summary>Begins it without the flow of whoever is here first.</summary>
    public static T Begin<T>(Func<T> begin)
    {
        // Suppressed already: that is for who did it to undo.
        using AsyncFlowControl? suppressed = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return begin();
    }
}
