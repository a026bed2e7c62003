namespace ScopedCaching.Memcached.Transport;

/// <summary>
/// When what is said on a new link before it can be used must be over: a little before those who wait for the link give up, so that they are told what it was waiting for.
/// By the real clock, as everything the kernel does.
/// </summary>
internal readonly struct LinkDeadline
{
    private const double Share = 0.9;

    private readonly long _start;
    private readonly TimeSpan _allowed;

    private LinkDeadline(TimeSpan allowed) => (_start, _allowed) = (TimeProvider.System.GetTimestamp(), allowed);

    public bool IsOver => TimeProvider.System.GetElapsedTime(_start) >= _allowed;

    /// <param name="timeout">The connect timeout, of which nothing has passed yet.</param>
    public static LinkDeadline Within(TimeSpan timeout) => new(timeout * Share);
}
