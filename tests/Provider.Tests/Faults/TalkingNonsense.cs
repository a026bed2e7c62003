using System.Globalization;
using System.Text;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Faults;

/// <summary>A server that answers each get with its key's value, and every now and then puts something else into what it says.</summary>
internal sealed class TalkingNonsense(Random random) : ITransport
{
    public ILink Connect(TimeSpan timeout) => new InProcessLink(new Peer(random));

    private sealed class Peer(Random random) : IInProcessPeer
    {
        private readonly StringBuilder _heard = new();

        public bool Accept(ReadOnlySpan<byte> bytes, System.Buffers.IBufferWriter<byte> replies)
        {
            _heard.Append(Encoding.Latin1.GetString(bytes));
            while (_heard.ToString() is var heard && heard.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var end)
            {
                _heard.Remove(0, end + 2);
                if (heard[..end].Split(' ') is ["mg", var key, .., var token])
                {
                    Say(replies, key, token);
                }
            }

            return random.Next(50) > 0;
        }

        public void Dispose()
        {
        }

        // "VA <size> f0 c1 <token>\r\n<value>\r\n"
        private void Say(System.Buffers.IBufferWriter<byte> replies, string key, string token)
        {
            var value = CheckedValue.Make(key, 1, 60);
            List<byte> reply = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"VA {value.Length} f0 c1 {token}\r\n")), .. value, .. "\r\n"u8];
            if (random.Next(10) == 0)
            {
                var at = random.Next(reply.Count);
                switch (random.Next(4))
                {
                    case 0:
                        reply[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        reply.InsertRange(at, reply.GetRange(0, random.Next(reply.Count)));
                        break;
                    case 2:
                        reply.RemoveRange(at, Math.Min(random.Next(1, 9), reply.Count - at));
                        break;
                    default:
                        reply.InsertRange(0, [.. reply]);
                        break;
                }
            }

            var span = replies.GetSpan(reply.Count);
            reply.ToArray().CopyTo(span);
            replies.Advance(reply.Count);
        }
    }
}
