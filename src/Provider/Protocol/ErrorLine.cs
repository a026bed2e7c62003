using System.Text;

namespace ScopedCaching.Memcached.Protocol;

/// <summary>
/// Error lines carry no token, and after most of them the server may take the next bytes, even a value, for commands. The few listed here are
/// known (memcached 1.6.18 and later) to leave the stream in step.
/// </summary>
internal static class ErrorLine
{
    private const int LongestShown = 120;

    public static bool LeavesStreamInStep(Verb verb, ReadOnlySpan<byte> line) => verb switch
    {
        Verb.Arithmetic => line.SequenceEqual("CLIENT_ERROR cannot increment or decrement non-numeric value"u8),
        Verb.Set => line.SequenceEqual("SERVER_ERROR object too large for cache"u8) || line.SequenceEqual("SERVER_ERROR out of memory storing object"u8),
        _ => false,
    };

    public static bool IsError(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("ERROR"u8) || line.StartsWith("ERROR "u8) || line.StartsWith("CLIENT_ERROR "u8) || line.StartsWith("SERVER_ERROR "u8);

    /// <summary>
    /// What of an unexpected line may be shown: a server's error says what is wrong in its own words; anything else could be a value, and only its length is told.
    /// </summary>
    public static string Describe(ReadOnlySpan<byte> line)
    {
        return IsError(line) && line.Length <= LongestShown && !line.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)
            ? $"'{Encoding.ASCII.GetString(line)}'"
            : $"{line.Length} bytes that are no reply";
    }
}
