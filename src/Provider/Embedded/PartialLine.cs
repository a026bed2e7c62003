using System.Buffers;

namespace ScopedCaching.Memcached.Embedded;

/// <summary>The beginning of a command whose end has not arrived.</summary>
internal sealed class PartialLine
{
    // memcached closes a connection that sends more than this without an end of line, except for a get of many keys.
    private const int Longest = 2048;
    private const int MostLeadingBlanks = 100;

    // memcached lets a get grow without limit; here it ends at what some thousand keys take.
    private const int LongestGet = 1 << 20;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public bool IsEmpty => _bytes.WrittenCount == 0;

    /// <summary>Keeps more of the line. Returns false when it has become too long to be one.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.WrittenCount + bytes.Length > LongestGet)
        {
            return false;
        }

        _bytes.Write(bytes);
        return _bytes.WrittenCount <= Longest || IsGet(_bytes.WrittenSpan);
    }

    /// <summary>The whole line, valid until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> rest)
    {
        _bytes.Write(rest);
        return _bytes.WrittenSpan;
    }

    public void Clear() => _bytes.ResetWrittenCount();

    private static bool IsGet(ReadOnlySpan<byte> line)
    {
        var command = line.TrimStart((byte)' ');
        return line.Length - command.Length <= MostLeadingBlanks
            && (command.StartsWith("get "u8) || command.StartsWith("gets "u8));
    }
}
