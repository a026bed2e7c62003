namespace ScopedCaching.Memcached.Client;

/// <summary>What a key of <see cref="ICacheStore"/> says about its server: what follows the last <c>~</c> is the kind, and no part of the route.</summary>
internal static class SealedRoute
{
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> key) => key.LastIndexOf((byte)'~') is >= 0 and var end ? key[..end] : key;

    /// <summary>Whether it names a generation or a counter, which must be the same for everybody and are never looked for on another server.</summary>
    public static bool IsFixed(ReadOnlySpan<byte> key) => key.EndsWith("~g"u8) || key.EndsWith("~c"u8) || key.EndsWith("~s"u8);
}
