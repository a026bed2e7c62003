using System.Buffers;
using System.Text;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Connections;

/// <summary>Reads the rest of a reply whose first line has come, and gives it to its operation. Throws on any doubt about the stream.</summary>
internal static class ReplyReceiver
{
    private const int LongestText = 16 << 20;
    private const int TrustedLength = 1 << 20;

    /// <returns>Whether the caller has its reply, and is to go on.</returns>
    public static bool Receive(ReplyReader reader, ReadOnlySpan<byte> line, Operation operation, IConnectionOwner? owner)
    {
        if (operation.Verb is Verb.Line or Verb.Stats or Verb.Raw)
        {
            return ReceiveText(reader, line, operation);
        }

        if (!ReplyLine.TryParse(line, out var reply))
        {
            if (!ErrorLine.LeavesStreamInStep(operation.Verb, line))
            {
                throw new MemcachedProtocolException($"The server answered {ErrorLine.Describe(line)}.");
            }

            operation.TryFail(new MemcachedServerException($"The server refused the request: {ErrorLine.Describe(line)}."));
            return false;
        }

        if (reply.Token != operation.Token)
        {
            throw new MemcachedProtocolException("The server's reply belongs to a different request than the next one.");
        }

        if (reply.ValueLength > ConnectionLimits.LargeValue && operation.Key.Length > 0)
        {
            owner?.NoteLarge(operation.Key);
        }

        return ReceiveValue(reader, reply, operation);
    }

    private static bool ReceiveValue(ReplyReader reader, in ReplyLine line, Operation operation)
    {
        byte[]? value = null;
        var rents = !operation.WantsArray || operation.IsDecided;
        var isPassedOn = operation.HasDestination && line.ValueLength <= Operation.LongestInScratch;
        if (line.Status == ReplyStatus.Value)
        {
            value = isPassedOn ? ReadInto(reader, operation.Scratch, line.ValueLength) : ReadValue(reader, line.ValueLength, rents);
            if (!reader.ReadLine().IsEmpty)
            {
                throw new MemcachedProtocolException("A value did not end where the server said it would.");
            }
        }

        var reply = new Reply(line, value, rents && !isPassedOn && line.ValueLength <= TrustedLength);
        if (operation.TryComplete(reply))
        {
            return true;
        }

        reply.Release();
        return false;
    }

    private static byte[] ReadInto(ReplyReader reader, byte[] scratch, int length)
    {
        reader.ReadExactly(scratch.AsSpan(0, length));
        return scratch;
    }

    private static byte[] ReadValue(ReplyReader reader, int length, bool rents)
    {
        if (length > TrustedLength)
        {
            // A length is only a claim until the bytes are there: memory grows with what comes.
            using var arrived = new PooledBuffer(TrustedLength);
            while (arrived.Length < length)
            {
                var step = Math.Min(TrustedLength, length - arrived.Length);
                reader.ReadExactly(arrived.GetSpan(step)[..step]);
                arrived.Advance(step);
            }

            return arrived.WrittenSpan.ToArray();
        }

        var value = length == 0 ? [] : rents ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        reader.ReadExactly(value.AsSpan(0, length));
        return value;
    }

    private static bool ReceiveText(ReplyReader reader, ReadOnlySpan<byte> line, Operation operation)
    {
        using var text = new PooledBuffer(256);
        var terminator = operation.Verb == Verb.Raw ? Encoding.UTF8.GetBytes(operation.Terminator!) : [];
        while (true)
        {
            text.Write(line);
            text.Write("\r\n"u8);
            var isLast = operation.Verb switch
            {
                Verb.Stats => !TellsStatistic(line),

                // Only the first line: a value may hold anything.
                Verb.Raw => (text.Length == line.Length + 2 && ErrorLine.IsError(line)) || text.WrittenSpan.EndsWith(terminator),
                _ => true,
            };
            if (isLast)
            {
                break;
            }

            if (text.Length > LongestText)
            {
                throw new MemcachedProtocolException("The server's reply does not end.");
            }

            line = reader.ReadLine();
        }

        return operation.TryComplete(new Reply(ReplyStatus.Text, text.WrittenSpan.ToArray()));
    }

    // "stats cachedump" and "stats detail dump" have lines of their own.
    private static bool TellsStatistic(ReadOnlySpan<byte> line) =>
        line.StartsWith("STAT "u8) || line.StartsWith("ITEM "u8) || line.StartsWith("PREFIX "u8);
}
