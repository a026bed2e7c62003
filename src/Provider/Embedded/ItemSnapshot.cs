namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// The entries of a store as bytes, and back, the least recently used first:
/// <code>
/// revision = 1 (1) · then for each entry 1 (1) · key, value: length (4) · bytes · client flags (4) · expiry in Unix seconds, 0 for never (8) · 1 for a binary key (1) · in the end 0 (1)
/// </code>
/// Placeholders of leases are left out: who holds them will not come back. CAS ids are new afterwards.
/// </summary>
internal static class ItemSnapshot
{
    private const byte Revision = 1;

    public static byte[] Write(ItemStore store)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Revision);
        lock (store.Gate)
        {
            foreach (var item in store.Living().Where(static item => item.Value.Length > 0))
            {
                writer.Write((byte)1);
                writer.Write(item.Key.Length);
                writer.Write(item.Key);
                writer.Write(item.Value.Length);
                writer.Write(item.Value);
                writer.Write(item.ClientFlags);
                writer.Write(item.Deadline == 0 ? 0 : store.Clock.ToUnixTime(item.Deadline));
                writer.Write(item.HasBinaryKey);
            }
        }

        writer.Write((byte)0);
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>False when the bytes are of another revision, or no snapshot; then nothing was taken over.</summary>
    public static bool Read(ItemStore store, byte[] snapshot)
    {
        List<StoredItem> items = [];
        using var reader = new BinaryReader(new MemoryStream(snapshot));
        try
        {
            if (reader.ReadByte() != Revision)
            {
                return false;
            }

            while (reader.ReadByte() == 1)
            {
                var (key, value) = (ReadBytes(reader), ReadBytes(reader));
                var (flags, ends) = (reader.ReadUInt32(), reader.ReadInt64());
                var deadline = ends == 0 ? 0 : ends is > 0 and <= int.MaxValue ? store.Clock.ToDeadline((int)ends) : 1;
                items.Add(new StoredItem(key, value) { ClientFlags = flags, Deadline = deadline, HasBinaryKey = reader.ReadBoolean() });
            }
        }
        catch (Exception cut) when (cut is EndOfStreamException or ArgumentOutOfRangeException)
        {
            return false;
        }

        lock (store.Gate)
        {
            foreach (var item in items.Where(item => store.Fits(item.Key.Length, item.Value.Length, item.ClientFlags)))
            {
                store.Put(item);
            }
        }

        return true;
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }
}
