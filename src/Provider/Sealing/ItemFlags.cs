using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// What stands in an item's 32 client flags, so that it can be known without moving the value:
/// <code>
/// bits 0–3   the outer value tag; never 0, which is what placeholders of leases and foreign items have
/// bit  4     an absolute deadline caps the sliding window: the sealed header must be read before the window is started anew
/// bit  5     a manifest: its chunks are to be kept as long as it is
/// bits 6–7   0
/// bits 8–31  the sliding window in seconds; 0 for none
/// </code>
/// The flags are not sealed: whoever controls the server could lengthen a window, as it could keep the item anyway. The sealed deadline decides.
/// </summary>
internal readonly record struct ItemFlags(ValueTag Tag, TimeSpan? Window, bool IsCapped, bool IsManifest = false)
{
    private const uint TagMask = 0xF;
    private const uint CappedBit = 1 << 4;
    private const uint ManifestBit = 1 << 5;
    private const int WindowShift = 8;
    private const long LongestWindow = (1 << 24) - 1;

    public static ItemFlags Of(uint flags)
    {
        var seconds = flags >> WindowShift;
        return new ItemFlags((ValueTag)(flags & TagMask), seconds == 0 ? null : TimeSpan.FromSeconds(seconds), (flags & CappedBit) != 0, (flags & ManifestBit) != 0);
    }

    /// <summary>The window in whole seconds: rounded up, because 0 would be none, and clamped to what the flags can hold.</summary>
    public static TimeSpan? Whole(TimeSpan? window) => window is { } exact
        ? TimeSpan.FromSeconds(Math.Min(((exact.Ticks - 1) / TimeSpan.TicksPerSecond) + 1, LongestWindow))
        : null;

    public uint ToUInt32() =>
        (uint)Tag | (IsCapped ? CappedBit : 0) | (IsManifest ? ManifestBit : 0) | (Window is { } window ? (uint)window.TotalSeconds << WindowShift : 0);
}
