namespace ScopedCaching.Memcached.Embedded;

/// <summary>The error lines that are decided in one place and sent in another.</summary>
internal static class Complaints
{
    public static readonly byte[] None = [];
    public static readonly byte[] Error = [.. "ERROR"u8];
    public static readonly byte[] BadFormat = [.. "CLIENT_ERROR bad command line format"u8];
    public static readonly byte[] BadToken = [.. "CLIENT_ERROR bad token in command line format"u8];
    public static readonly byte[] TooManyFlags = [.. "CLIENT_ERROR options flags too long"u8];
    public static readonly byte[] DuplicateFlag = [.. "CLIENT_ERROR duplicate flag"u8];
    public static readonly byte[] InvalidFlag = [.. "CLIENT_ERROR invalid flag"u8];
    public static readonly byte[] InvalidOrDuplicateFlag = [.. "CLIENT_ERROR invalid or duplicate flag"u8];
    public static readonly byte[] UndecodableKey = [.. "CLIENT_ERROR error decoding key"u8];
    public static readonly byte[] ModeLength = [.. "CLIENT_ERROR incorrect length for M token"u8];
    public static readonly byte[] StoreMode = [.. "CLIENT_ERROR invalid mode for ms M token"u8];
    public static readonly byte[] InitialValue = [.. "CLIENT_ERROR invalid numeric initial value"u8];
    public static readonly byte[] Delta = [.. "CLIENT_ERROR invalid numeric delta value"u8];
    public static readonly byte[] OpaqueTooLong = [.. "CLIENT_ERROR opaque token too long"u8];
    public static readonly byte[] ObjectTooLarge = [.. "SERVER_ERROR object too large for cache"u8];
}
