using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ScopedCaching.Memcached.Ring;

/// <summary>
/// Which key is whose. Every server has points on a ring of 2^32, as many as its weight says; a key belongs to the first point at or after its own hash. A server that
/// comes or goes moves its own share of the keys, and no other. Immutable.
/// </summary>
/// <remarks>
/// Point for point what libmemcached does for <c>MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED</c>, so that its users (pylibmc, PHP's memcached, …) find the same keys on the same servers.
/// Source: libmemcached <c>hosts.cc</c>, <c>update_continuum</c>; <c>hash.cc</c>, <c>dispatch_host</c>.
/// </remarks>
internal sealed class KetamaRing
{
    private const int DefaultPort = 11211;
    private const int PointsOfAverage = 160;

    // An MD5 hash is four points.
    private const int PointsOfHash = Md5.Length / sizeof(uint);

    private readonly uint[] _points;
    private readonly int[] _servers;

    public KetamaRing(IReadOnlyList<RingServer> servers)
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count, nameof(servers));
        var total = servers.Sum(static server => (long)server.Weight);
        var points = new List<(uint Point, int Server)>(servers.Count * PointsOfAverage);
        for (var i = 0; i < servers.Count; i++)
        {
            Add(points, servers[i], i, Hashes(servers[i].Weight, total, servers.Count));
        }

        // Where two servers have the same point, the first one's counts.
        points.Sort();
        _points = [.. points.Select(static point => point.Point)];
        _servers = [.. points.Select(static point => point.Server)];
    }

    /// <summary>How many hashes, of four points each, a server has. 0: it gets no keys, because the others weigh so much more.</summary>
    public static int Hashes(int weight, long total, int servers)
    {
        // In single precision and in this order, as libmemcached computes it: 25 servers of the same weight have 156 points each, and not 160.
        var share = (float)weight / total;
        return (int)MathF.Floor((float)((share * PointsOfAverage / PointsOfHash * servers) + 0.0000000001));
    }

    /// <summary>The first four bytes of the key's MD5 hash, the least significant first.</summary>
    public static uint HashOf(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[Md5.Length];
        Md5.Hash(key, hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash);
    }

    /// <summary>The server that a key belongs to.</summary>
    public int IndexOf(ReadOnlySpan<byte> key) => _servers[PointOf(key)];

    /// <summary>The first server on the way round from the key's own place that is not <paramref name="excluded"/> (one flag a server); -1 when all are.</summary>
    public int IndexOf(ReadOnlySpan<byte> key, ReadOnlySpan<bool> excluded)
    {
        var first = PointOf(key);
        for (var i = 0; i < _servers.Length; i++)
        {
            var server = _servers[(first + i) % _servers.Length];
            if (!excluded[server])
            {
                return server;
            }
        }

        return -1;
    }

    private int PointOf(ReadOnlySpan<byte> key)
    {
        var hash = HashOf(key);
        var (low, high) = (0, _points.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_points[middle] < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == _points.Length ? 0 : low;
    }

    private static void Add(List<(uint Point, int Server)> points, RingServer server, int index, int hashes)
    {
        var name = server.Port == DefaultPort ? server.Name : string.Create(CultureInfo.InvariantCulture, $"{server.Name}:{server.Port}");
        Span<byte> hash = stackalloc byte[Md5.Length];
        for (var i = 0; i < hashes; i++)
        {
            Md5.Hash(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}-{i}")), hash);
            for (var at = 0; at < hash.Length; at += sizeof(uint))
            {
                points.Add((BinaryPrimitives.ReadUInt32LittleEndian(hash[at..]), index));
            }
        }
    }
}
