namespace ScopedCaching.Memcached.Client;

/// <summary>
/// An expiry as memcached takes it: whole seconds; 0 for ever, negative already past, and anything above 30 days a Unix time.
/// Source: memcached <c>doc/protocol.txt</c>, "Expiration times".
/// </summary>
internal static class Exptime
{
    public const long Never = 0;

    public const long Past = -1;

    private const long LongestRelative = 30 * 24 * 60 * 60;

    // The server keeps 32 bits.
    private const long Latest = int.MaxValue;

    public static long Of(Expiry expiry, TimeProvider time) =>
        expiry.At is { } at ? Of(at - time.GetUtcNow(), time)
        : expiry.After is { } after ? Of(after, time)
        : Never;

    /// <summary>An exptime that ends no later than <paramref name="life"/> from now.</summary>
    public static long? AtMost(long? exptime, TimeSpan life, TimeProvider time)
    {
        var longest = Of(life, time);
        return exptime switch
        {
            null or < 0 => exptime,
            Never => longest,
            <= LongestRelative => Math.Min(exptime.Value, longest),
            _ => exptime.Value - time.GetUtcNow().ToUnixTimeSeconds() < longest ? exptime : longest,
        };
    }

    private static long Of(TimeSpan left, TimeProvider time)
    {
        if (left <= TimeSpan.Zero)
        {
            return Past;
        }

        // Rounded up: 0 would be for ever.
        var seconds = ((left.Ticks - 1) / TimeSpan.TicksPerSecond) + 1;
        return seconds <= LongestRelative ? seconds : Math.Min(time.GetUtcNow().ToUnixTimeSeconds() + seconds, Latest);
    }
}
