using System.Net.Sockets;
using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Benchmarks.Load;

/// <summary>Gets or sets of one size over a few keys. Raw rows send what our own request writer writes, byte for byte.</summary>
internal sealed class Workload
{
    /// <summary>How many keys a load goes round.</summary>
    public const int Keys = 100;

    // As many digits as our connection's own tokens have for most of a run.
    private const uint FirstToken = 5_000_000;

    private readonly string[] _keys;

    public Workload(bool isSet, int size)
    {
        (IsSet, Name) = (isSet, $"{(isSet ? "set" : "get")} {(size < 1024 ? $"{size} B" : $"{size / 1024} KB")}");
        Value = new byte[size];
        new Random(size).NextBytes(Value);
        _keys = [.. Enumerable.Range(0, Keys).Select(i => $"bench:{(isSet ? 's' : 'g')}:{size:00000}:{i:0000}")];
    }

    public string Name { get; }

    public bool IsSet { get; }

    public byte[] Value { get; }

    public string Key(int index) => _keys[index];

    public async Task FillAsync(IMemcachedClient client)
    {
        foreach (var key in _keys)
        {
            await client.SetAsync(key, Value);
        }
    }

    /// <summary>The requests of one batch.</summary>
    public byte[] Requests(int count)
    {
        using var buffer = new PooledBuffer();
        for (var i = 0; i < count; i++)
        {
            var key = Encoding.ASCII.GetBytes(_keys[i]);
            var request = IsSet
                ? new MetaRequest { Verb = Verb.Set, Key = key, Value = Value, Mode = SetMode.Set, Exptime = Exptime.Never }
                : new MetaRequest { Verb = Verb.Get, Key = key, Wanted = Wanted.Value | Wanted.ClientFlags | Wanted.Cas };
            RequestWriter.Write(buffer, request, FirstToken + (uint)i);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Does the batch once and parses the replies; returns how many bytes they are together.</summary>
    public int MeasureReplies(Socket socket, int count)
    {
        using var stream = new NetworkStream(socket, ownsSocket: false);
        stream.Write(Requests(count));
        var total = 0;
        for (var i = 0; i < count; i++)
        {
            var line = ReadLine(stream);
            if (!ReplyLine.TryParse(line.AsSpan(0, line.Length - 2), out var reply)
                || reply.Token != FirstToken + i
                || reply.Status != (IsSet ? ReplyStatus.Done : ReplyStatus.Value)
                || reply.ValueLength != (IsSet ? 0 : Value.Length))
            {
                throw new InvalidDataException("The server did not answer as expected.");
            }

            total += line.Length;
            if (!IsSet)
            {
                var value = new byte[reply.ValueLength + 2];
                stream.ReadExactly(value);
                total += value.Length;
            }
        }

        return total;
    }

    private static byte[] ReadLine(NetworkStream stream)
    {
        var line = new List<byte>();
        do
        {
            var next = stream.ReadByte();
            line.Add(next >= 0 ? (byte)next : throw new EndOfStreamException());
        }
        while (line[^1] != (byte)'\n');
        return [.. line];
    }
}
