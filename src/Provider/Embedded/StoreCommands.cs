namespace ScopedCaching.Memcached.Embedded;

/// <summary>What a storing command's line says about the bytes that follow it.</summary>
internal readonly struct StoreRequest
{
    private StoreRequest(int valueLength, bool isAccepted, bool swallows, byte[] complaint)
    {
        ValueLength = valueLength;
        IsAccepted = isAccepted;
        Swallows = swallows;
        Complaint = complaint;
    }

    public int ValueLength { get; }

    /// <summary>The value is to be received and stored.</summary>
    public bool IsAccepted { get; }

    /// <summary>Refused, but the value's length is known: it is skipped. Otherwise its bytes will be taken for commands.</summary>
    public bool Swallows { get; }

    /// <summary>The reply to a refused command; empty where it asked for silence.</summary>
    public byte[] Complaint { get; }

    public static StoreRequest Accept(int valueLength) => new(valueLength, isAccepted: true, swallows: false, Complaints.None);

    public static StoreRequest Refuse(byte[] complaint) => new(0, isAccepted: false, swallows: false, complaint);

    public static StoreRequest Swallow(int valueLength, byte[] complaint) =>
        new(valueLength, isAccepted: false, swallows: true, complaint);
}

/// <summary>The lines of <c>set add replace append prepend cas</c> and <c>ms</c>, up to where their value begins.</summary>
internal static class StoreCommands
{
    private const int LongestValue = int.MaxValue - 2;

    // <command> <key> <flags> <exptime> <bytes> [<cas unique>] [noreply]
    public static StoreRequest ReadClassic(ItemStore store, StoreMode mode, in CommandLine line, PendingStore pending)
    {
        var arguments = mode == StoreMode.Cas ? 6 : 5;
        if (line.Count != arguments && line.Count != arguments + 1)
        {
            return StoreRequest.Refuse(Complaints.Error);
        }

        pending.IsMeta = false;
        pending.MarkStale = false;
        pending.HasBinaryKey = false;
        pending.IsQuiet = line.EndsWithNoReply;
        pending.Mode = mode;
        var cas = 0UL;
        if (line[1].Length > MetaFlags.LongestKey
            || !CNumber.TryParseUInt(line[2], out var clientFlags)
            || !CNumber.TryParseInt(line[3], out var expiry)
            || !CNumber.TryParseInt(line[4], out var length)
            || length is < 0 or > LongestValue
            || (mode == StoreMode.Cas && !CNumber.TryParseUnsigned(line[5], out cas)))
        {
            return StoreRequest.Refuse(pending.IsQuiet ? Complaints.None : Complaints.BadFormat);
        }

        if (!store.Fits(line[1].Length, length, clientFlags))
        {
            var complaint = TooLarge(store, line[1], dropsOld: mode == StoreMode.Set);
            return StoreRequest.Swallow(length, pending.IsQuiet ? Complaints.None : complaint);
        }

        pending.Key = line[1].ToArray();
        pending.ClientFlags = clientFlags;
        pending.Deadline = store.Clock.ToDeadline(expiry);
        pending.Cas = cas;
        return StoreRequest.Accept(length);
    }

    // ms <key> <datalen> <flags>*
    public static StoreRequest ReadMeta(ItemStore store, in CommandLine line, PendingStore pending)
    {
        if (line.Count < 2)
        {
            return StoreRequest.Refuse(Complaints.Error);
        }

        if (line[1].Length > MetaFlags.LongestKey || line.Count == 2)
        {
            return StoreRequest.Refuse(Complaints.BadFormat);
        }

        if (MetaFlags.AreTooMany(line))
        {
            return StoreRequest.Refuse(Complaints.TooManyFlags);
        }

        if (!CNumber.TryParseInt(line[2], out var length) || length is < 0 or > LongestValue)
        {
            return StoreRequest.Refuse(Complaints.BadFormat);
        }

        store.Statistics.Metas++;
        var flags = new MetaFlags(stackalloc byte[MetaFlags.LongestKey]);
        if (flags.Read(line, 3) is { Length: > 0 } wrong)
        {
            return StoreRequest.Swallow(length, wrong);
        }

        if (!TryGetMode(flags, out var mode))
        {
            return StoreRequest.Swallow(length, Complaints.StoreMode);
        }

        if (MetaReply.HasTooLongOpaque(line, 3))
        {
            return StoreRequest.Swallow(length, Complaints.OpaqueTooLong);
        }

        if (!store.Fits(flags.Key.Length, length, flags.ClientFlags))
        {
            return StoreRequest.Swallow(length, TooLarge(store, flags.Key, dropsOld: true));
        }

        pending.IsMeta = true;
        pending.Mode = mode;
        pending.Key = flags.Key.ToArray();
        pending.ClientFlags = flags.ClientFlags;
        pending.Deadline = store.Clock.ToDeadline(flags.Expiry);
        pending.Cas = flags.Cas;
        pending.MarkStale = flags.Invalidates;
        pending.HasBinaryKey = flags.HasBinaryKey;
        pending.IsQuiet = flags.IsQuiet;
        pending.KeepEcho(line, 3, flags);
        return StoreRequest.Accept(length);
    }

    // With a CAS id, set and replace become compare-and-swap; append and prepend compare for themselves.
    private static bool TryGetMode(in MetaFlags flags, out StoreMode mode)
    {
        (mode, var isKnown) = flags.Mode switch
        {
            0 or (byte)'S' => (flags.HasCas ? StoreMode.Cas : StoreMode.Set, true),
            (byte)'R' => (flags.HasCas ? StoreMode.Cas : StoreMode.Replace, true),
            (byte)'E' => (StoreMode.Add, true),
            (byte)'A' => (StoreMode.Append, true),
            (byte)'P' => (StoreMode.Prepend, true),
            _ => (StoreMode.Set, false),
        };
        return isKnown;
    }

    // The old value goes too: keeping it would let it outlive the write that was to replace it.
    private static byte[] TooLarge(ItemStore store, ReadOnlySpan<byte> key, bool dropsOld)
    {
        store.Statistics.TooLarge++;
        if (dropsOld && store.Find(key) is { } old)
        {
            store.Remove(old);
        }

        return Complaints.ObjectTooLarge;
    }
}
