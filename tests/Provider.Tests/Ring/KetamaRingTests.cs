using System.Globalization;
using System.Text;
using ScopedCaching.Memcached.Ring;

namespace Provider.Tests.Ring;

/// <summary>Which key is whose: as libmemcached has it, evenly, and moving no more than it must.</summary>
public sealed class KetamaRingTests
{
    private const int Keys = 20_000;

    // The pool of libmemcached's own compatibility test.
    private static readonly RingServer[] s_published =
    [
        new("10.0.1.1", 11211, 600), new("10.0.1.2", 11211, 300), new("10.0.1.3", 11211, 200), new("10.0.1.4", 11211, 350),
        new("10.0.1.5", 11211, 1000), new("10.0.1.6", 11211, 800), new("10.0.1.7", 11211, 950), new("10.0.1.8", 11211, 100),
    ];

    /// <summary>
    /// Published: keys, their hashes and servers are fourteen of those that libmemcached 1.x checks itself against for MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED (its
    /// <c>test/fixtures/ketama.hpp</c>). The last key is the one its test takes for the way round: it hashes beyond the last point.
    /// </summary>
    [Theory]
    [InlineData("SVa_]_V41)", 443691461u, "10.0.1.7")]
    [InlineData("*/Z;?V(.\\8", 1422915503u, "10.0.1.1")]
    [InlineData("30C1*Z*S/_", 1473165754u, "10.0.1.2")]
    [InlineData("1I=cTMNTKF", 2882686667u, "10.0.1.5")]
    [InlineData("P1[Ma3=K1/", 1989324036u, "10.0.1.8")]
    [InlineData("D[HE+cFXDK", 2117036136u, "10.0.1.3")]
    [InlineData("EM75N0+[X1", 1558531507u, "10.0.1.4")]
    [InlineData("6,cEI`F_P>", 3972869246u, "10.0.1.6")]
    [InlineData("CTR74,J+N.", 137446045u, "10.0.1.8")]
    [InlineData("8*6a;Sc*X+", 4223431086u, "10.0.1.2")]
    [InlineData("[1ZXONX2]a", 4108881567u, "10.0.1.4")]
    [InlineData("\\39DKW^)N_", 3548879868u, "10.0.1.3")]
    [InlineData("726bW=9*a4", 4213440020u, "10.0.1.7")]
    [InlineData("VD6D0]ba_\\", 3842502950u, "10.0.1.1")]
    [InlineData("VDEAAAAA", 0xfffcd1b5u, "10.0.1.3")]
    public void Keys_belong_to_the_servers_that_libmemcached_finds(string key, uint hash, string server)
    {
        Assert.Equal(hash, KetamaRing.HashOf(Bytes(key)));
        Assert.Equal(server, s_published[new KetamaRing(s_published).IndexOf(Bytes(key))].Name);
    }

    /// <summary>
    /// Not published: computed apart from this code, with Python's hashlib, by a script that gives the published ones above as well.
    /// <code>
    /// for i, (name, port) in enumerate(servers):
    ///     for h in range(40):
    ///         text = f"{name}-{h}" if port == 11211 else f"{name}:{port}-{h}"
    ///         points += [(p, i) for p in struct.unpack("&lt;4I", hashlib.md5(text.encode()).digest())]
    /// points.sort()
    /// hash = struct.unpack("&lt;I", hashlib.md5(key).digest()[:4])[0]
    /// server = points[bisect.bisect_left([p for p, _ in points], hash) % len(points)][1]
    /// </code>
    /// </summary>
    [Theory]
    [InlineData("a", "/run/memcached/c.sock")]
    [InlineData("account:1", "/run/memcached/c.sock")]
    [InlineData("shop:stack:u3yQKl0EjyIo9BKsh1kIE5Y8dRsf37Ym6feOA0qmNLU", "::1")]
    [InlineData("ключ", "cache-a")]
    [InlineData("with space", "/run/memcached/c.sock")]
    [InlineData("user:42", "cache-b")]
    [InlineData("session:7", "::1")]
    [InlineData("zz", "cache-b")]
    [InlineData("rates", "::1")]
    public void Other_ports_and_sockets_stand_on_the_ring_by_their_names(string key, string server)
    {
        RingServer[] servers = [new("cache-a", 11211), new("cache-b", 11212), new("/run/memcached/c.sock", 0), new("::1", 11211)];

        Assert.Equal(server, servers[new KetamaRing(servers).IndexOf(Bytes(key))].Name);
    }

    [Fact]
    public void A_key_that_hashes_to_a_point_itself_belongs_to_that_points_server()
    {
        var servers = Servers(5);
        var ring = new KetamaRing(servers);

        // The first point of a hash is made as the hash of a key is.
        Assert.All(Enumerable.Range(0, servers.Length * 40), i => Assert.Equal(i / 40, ring.IndexOf(Bytes(string.Create(CultureInfo.InvariantCulture, $"{servers[i / 40].Name}-{i % 40}")))));
    }

    [Fact]
    public void A_server_has_no_more_points_than_its_share()
    {
        var servers = Servers(10);
        var ring = new KetamaRing(servers);

        Assert.Contains(Enumerable.Range(0, servers.Length), i => ring.IndexOf(Bytes($"{servers[i].Name}-40")) != i);
        Assert.Equal((40, 39, 0), (KetamaRing.Hashes(1, 10, 10), KetamaRing.Hashes(1, 25, 25), KetamaRing.Hashes(1, 1000, 2)));
    }

    [Fact]
    public void No_servers_make_no_ring() => Assert.Throws<ArgumentOutOfRangeException>(() => new KetamaRing([]));

    [Theory]
    [InlineData("", "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    public void The_hash_is_that_of_the_rfc(string text, string expected) => Assert.Equal(expected, Convert.ToHexStringLower(Hash(Bytes(text))));

    [Fact]
    public void The_hash_is_the_platforms_at_every_length()
    {
        var text = new byte[300];
        new Random(1).NextBytes(text);

#pragma warning disable CA5351 // It is what the ring's own is compared with.
        Assert.All(Enumerable.Range(0, text.Length), length =>
            Assert.Equal(System.Security.Cryptography.MD5.HashData(text.AsSpan(0, length)), Hash(text.AsSpan(0, length))));
#pragma warning restore CA5351
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(25)]
    public void Servers_of_the_same_weight_get_about_the_same_number_of_keys(int count)
    {
        var shares = Shares(Servers(count));

        Assert.All(shares, share => Assert.InRange(share * count, 0.7, 1.3));
    }

    [Fact]
    public void A_servers_share_is_its_weights()
    {
        var shares = Shares([new("a", 11211, 1), new("b", 11211, 2), new("c", 11211, 5)]);

        Assert.InRange(shares[0], 0.08, 0.17);
        Assert.InRange(shares[1], 0.19, 0.31);
        Assert.InRange(shares[2], 0.53, 0.72);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public void Another_server_takes_its_share_of_the_keys_and_no_other_key_moves(int count)
    {
        var (before, after) = (new KetamaRing(Servers(count)), new KetamaRing(Servers(count + 1)));
        var moved = 0;
        for (var i = 0; i < Keys; i++)
        {
            var (was, now) = (before.IndexOf(Key(i)), after.IndexOf(Key(i)));
            Assert.True(was == now || now == count, "A key moved between servers that both stayed.");
            moved += was == now ? 0 : 1;
        }

        Assert.InRange((double)moved / Keys * (count + 1), 0.7, 1.3);
    }

    [Fact]
    public void The_order_in_which_servers_are_named_does_not_matter()
    {
        var servers = Servers(5);
        RingServer[] reversed = [.. servers.Reverse()];
        var (one, other) = (new KetamaRing(servers), new KetamaRing(reversed));

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(servers[one.IndexOf(Key(i))], reversed[other.IndexOf(Key(i))]));
    }

    [Fact]
    public void Past_servers_that_are_left_out_a_key_goes_where_it_would_go_without_them()
    {
        var servers = Servers(4);
        var ring = new KetamaRing(servers);
        var without = new KetamaRing([servers[0], servers[3]]);
        int[] left = [0, 3];

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(left[without.IndexOf(Key(i))], ring.IndexOf(Key(i), [false, true, true, false])));
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(ring.IndexOf(Key(i)), ring.IndexOf(Key(i), new bool[4])));
        Assert.Equal(-1, ring.IndexOf(Key(1), [true, true, true, true]));
    }

    [Fact]
    public void The_keys_of_a_server_that_is_left_out_go_to_all_the_others()
    {
        var ring = new KetamaRing(Servers(4));
        var takers = Enumerable.Range(0, Keys).Where(i => ring.IndexOf(Key(i)) == 0).CountBy(i => ring.IndexOf(Key(i), [true, false, false, false])).ToArray();

        Assert.Equal([1, 2, 3], takers.Select(taker => taker.Key).Order());
        Assert.All(takers, taker => Assert.InRange((double)taker.Value / takers.Sum(other => other.Value), 0.15, 0.55));
    }

    private static double[] Shares(RingServer[] servers)
    {
        var ring = new KetamaRing(servers);
        var counts = new int[servers.Length];
        for (var i = 0; i < Keys; i++)
        {
            counts[ring.IndexOf(Key(i))]++;
        }

        return [.. counts.Select(count => (double)count / Keys)];
    }

    private static RingServer[] Servers(int count) =>
        [.. Enumerable.Range(1, count).Select(number => new RingServer(string.Create(CultureInfo.InvariantCulture, $"cache-{number}.internal"), 11211))];

    private static byte[] Hash(ReadOnlySpan<byte> source)
    {
        var hash = new byte[Md5.Length];
        Md5.Hash(source, hash);
        return hash;
    }

    private static byte[] Key(int number) => Bytes(string.Create(CultureInfo.InvariantCulture, $"key:{number}"));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
