namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// The flags of a meta command, read once before it runs. All commands know all letters, and each takes what
/// concerns it.
/// </summary>
/// <param name="keyStorage">Room for a decoded key, <see cref="LongestKey"/> bytes.</param>
internal ref struct MetaFlags(Span<byte> keyStorage)
{
    public const int LongestKey = 250;

    // With the command and the key these are 19 tokens, the most that memcached 1.6.18 takes.
    private const int MostTokens = 19;
    private const int LongestOpaque = 31;

    private readonly Span<byte> _keyStorage = keyStorage;
    private UInt128 _seen;

    /// <summary>The key, decoded where it came in base64.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    public bool HasBinaryKey { get; private set; }

    public bool WantsValue { get; private set; }

    public bool IsQuiet { get; private set; }

    public bool LeavesUnused { get; private set; }

    public bool Invalidates { get; private set; }

    public bool Vivifies { get; private set; }

    public int VivifyExpiry { get; private set; }

    public bool HasExpiry { get; private set; }

    public int Expiry { get; private set; }

    public int RecacheWithin { get; private set; }

    public bool HasCas { get; private set; }

    public ulong Cas { get; private set; }

    public uint ClientFlags { get; private set; }

    public byte Mode { get; private set; }

    public ulong InitialValue { get; private set; }

    public ulong Delta { get; private set; }

    public static bool AreTooMany(in CommandLine line) => line.Count > MostTokens;

    public static bool IsOpaqueTooLong(ReadOnlySpan<byte> flag) => flag.Length > LongestOpaque + 1;

    /// <summary>
    /// Reads the flags from a token on. Returns what is wrong with them, or nothing. A bad number does not end the
    /// reading, an unknown or repeated letter does, and the last complaint is the one that is told.
    /// </summary>
    /// <param name="line">The command's tokens, its key second.</param>
    /// <param name="firstFlag">The first flag's token.</param>
    public byte[] Read(in CommandLine line, int firstFlag)
    {
        Key = line[1];
        Delta = 1;
        var complaint = Complaints.None;
        for (var index = firstFlag; index < line.Count; index++)
        {
            var flag = line[index];
            var letter = flag[0];
            if (letter >= 127 || (_seen & (UInt128.One << letter)) != 0)
            {
                return Complaints.DuplicateFlag;
            }

            _seen |= UInt128.One << letter;
            if (!IsKnown(letter))
            {
                return Complaints.InvalidFlag;
            }

            // A wrong F has no words of its own, and leaves those of another flag standing.
            if (ReadOne(letter, flag[1..]) is { Length: > 0 } wrong && (complaint.Length == 0 || letter != (byte)'F'))
            {
                complaint = wrong;
            }
        }

        return complaint;
    }

    /// <summary>Decodes a key that came in base64.</summary>
    public bool TakeBase64Key(ReadOnlySpan<byte> encoded)
    {
        var length = KeyDecoder.Decode(encoded, _keyStorage);
        if (length == 0)
        {
            return false;
        }

        HasBinaryKey = true;
        Key = _keyStorage[..length];
        return true;
    }

    private static bool IsKnown(byte letter) => "CDFIJLMNOPRTbcfhklqstuv"u8.Contains(letter);

    private byte[] ReadOne(byte letter, ReadOnlySpan<byte> argument)
    {
        switch (letter)
        {
            case (byte)'v':
                WantsValue = true;
                return Complaints.None;
            case (byte)'q':
                IsQuiet = true;
                return Complaints.None;
            case (byte)'u':
                LeavesUnused = true;
                return Complaints.None;
            case (byte)'I':
                Invalidates = true;
                return Complaints.None;
            case (byte)'b':
                return TakeBase64Key(Key) ? Complaints.None : Complaints.UndecodableKey;
            case (byte)'M':
                Mode = argument.Length == 1 ? argument[0] : (byte)0;
                return argument.Length == 1 ? Complaints.None : Complaints.ModeLength;
            case (byte)'F':
                var isClientFlags = CNumber.TryParseUInt(argument, out var clientFlags);
                ClientFlags = clientFlags;
                return isClientFlags ? Complaints.None : Complaints.BadFormat;
            case (byte)'J':
                var isInitial = CNumber.TryParseUnsigned(argument, out var initial);
                InitialValue = initial;
                return isInitial ? Complaints.None : Complaints.InitialValue;
            case (byte)'D':
                var isDelta = CNumber.TryParseUnsigned(argument, out var delta);
                Delta = delta;
                return isDelta ? Complaints.None : Complaints.Delta;
            default:
                return ReadExpiryOrCas(letter, argument) ? Complaints.None : Complaints.BadToken;
        }
    }

    private bool ReadExpiryOrCas(byte letter, ReadOnlySpan<byte> argument)
    {
        var seconds = 0;
        if (letter is (byte)'N' or (byte)'T' or (byte)'R' && !CNumber.TryParseInt(argument, out seconds))
        {
            return false;
        }

        switch (letter)
        {
            case (byte)'N':
                Vivifies = true;
                VivifyExpiry = seconds;
                return true;
            case (byte)'T':
                HasExpiry = true;
                Expiry = seconds;
                return true;
            case (byte)'R':
                RecacheWithin = seconds;
                return true;
            case (byte)'C':
                HasCas = CNumber.TryParseUnsigned(argument, out var cas);
                Cas = cas;
                return HasCas;
            default:
                return true;
        }
    }
}
