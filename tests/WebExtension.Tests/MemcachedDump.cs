using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Provider.Tests.RealMemcached;

namespace WebExtension.Tests;

/// <summary>Everything a memcached holds, as whoever controls it sees it: keys, and values as stored.</summary>
public static class MemcachedDump
{
    public static async Task<IReadOnlyDictionary<string, byte[]>> OfAsync(RealMemcachedServer server)
    {
        using var socket = await server.ConnectAsync();
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("lru_crawler metadump all\r\n"u8.ToArray());
        var items = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var line = await LineAsync(stream); !line.Equals("END", StringComparison.Ordinal); line = await LineAsync(stream))
        {
            items.Add(Uri.UnescapeDataString(line.Split(' ')[0]["key=".Length..]), []);
        }

        foreach (var key in items.Keys.ToArray())
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"mg {key} v\r\n"));
            var header = await LineAsync(stream);
            var value = new byte[int.Parse(header.Split(' ')[1], CultureInfo.InvariantCulture) + 2];
            await stream.ReadExactlyAsync(value);
            items[key] = value[..^2];
        }

        return items;
    }

    private static async Task<string> LineAsync(NetworkStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one);
            if (one[0] == '\n')
            {
                return line.ToString();
            }

            if (one[0] != '\r')
            {
                line.Append((char)one[0]);
            }
        }
    }
}
