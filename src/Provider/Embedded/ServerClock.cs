namespace ScopedCaching.Memcached.Embedded;

/// <summary>memcached's clock: whole seconds since shortly before the server began, read from a <see cref="TimeProvider"/>.</summary>
internal sealed class ServerClock(TimeProvider timeProvider)
{
    /// <summary>Longest expiry that counts from now, in seconds: 30 days. Above it, an expiry is an absolute Unix time.</summary>
    private const long LongestRelative = 60 * 60 * 24 * 30;

    // memcached begins above zero, so that "a moment before now" is representable from its first second.
    private const long FirstSecond = 62;

    private readonly long _startTimestamp = timeProvider.GetTimestamp();
    private readonly long _startUnixSeconds = timeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The current second; an item's expiry, where it has one, is compared with it.</summary>
    public uint Now => (uint)(FirstSecond + Uptime);

    public long Uptime => (long)timeProvider.GetElapsedTime(_startTimestamp).TotalSeconds;

    public long UnixTime => _startUnixSeconds + Uptime;

    /// <summary>A second of this clock as Unix time.</summary>
    public long ToUnixTime(uint second) => _startUnixSeconds + second - FirstSecond;

    /// <summary>Turns an expiry as clients send it into a second of this clock; 0 stays 0, "never".</summary>
    public uint ToDeadline(int expiry) => expiry switch
    {
        0 => 0,
        < 0 => 1,
        <= (int)LongestRelative => Now + (uint)expiry,
        _ => ToDeadlineAbsolute(expiry),
    };

    private uint ToDeadlineAbsolute(int unixSeconds)
    {
        var second = unixSeconds - _startUnixSeconds + FirstSecond;
        return second <= 0 ? 1 : (uint)second;
    }
}
