using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Transport;
using Eventually = Provider.Tests.Doubles.Eventually;
using RecordedLog = Provider.Tests.Sealing.RecordedLog;

namespace Provider.Tests.Connections;

/// <summary>What is said on a new link, with servers that say what a test tells them to.</summary>
public sealed class HandshakeTests : IDisposable
{
    private const string Settings = "STAT maxbytes 67108864\r\nSTAT inter NULL\r\nSTAT auth_enabled_ascii no\r\nSTAT item_size_max 2097152\r\nSTAT ssl_enabled no\r\nEND\r\n";

    private static readonly Credentials s_credentials = new("user", "opensesame");

    private readonly RecordedLog _log = new();
    private readonly ItemLimit _limit = new();

    [Fact]
    public void It_is_one_round_trip_and_learns_the_largest_size_of_items()
    {
        var link = Saying("VERSION 1.6.18\r\n" + Settings);

        var facts = Handshake.Perform(link, "server", credentials: null, LinkDeadline.Within(Eventually.Patience));

        Assert.Equal(new ServerFacts("1.6.18", 2_097_152, AsksForPassword: false), facts);
        Assert.Equal("version\r\nstats settings\r\n", link.Sent);
    }

    [Fact]
    public void Replies_may_be_split_at_every_byte()
    {
        var all = "VERSION 1.6.18\r\n" + Settings;
        for (var at = 1; at < all.Length; at++)
        {
            Assert.Equal(2_097_152, Perform(all[..at], all[at..]).ItemSizeLimit);
        }

        Assert.Equal(2_097_152, Perform([.. all.Select(static character => character.ToString())]).ItemSizeLimit);
    }

    [Theory]
    [InlineData("1.6.18")]
    [InlineData("1.6.38-aws")]
    [InlineData("1.6.18_5_gabcdef")]
    [InlineData("1.10.0")]
    [InlineData("2.0.0")]
    [InlineData("memcached-1.6.22")]
    public void A_server_that_is_new_enough_is_used_whatever_its_vendor_adds(string version)
    {
        Assert.Equal(version, Perform($"VERSION {version}\r\n" + Settings).Version);
        Connect($"VERSION {version}\r\n" + Settings);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("1.6.17")]
    [InlineData("1.6.9")]
    [InlineData("1.6.0-beta1")]
    [InlineData("1.4.39")]
    [InlineData("0.99.99")]
    [InlineData("memcached-1.5.22")]
    public void An_older_server_is_refused_with_both_versions(string version)
    {
        var fault = Assert.Throws<MemcachedVersionException>(() => Perform($"VERSION {version}\r\n" + Settings));

        Assert.Contains(version, fault.Message, StringComparison.Ordinal);
        Assert.Contains("1.6.18", fault.Message, StringComparison.Ordinal);
        Assert.Contains("The server server", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown", "'unknown'")]
    [InlineData("1.6", "'1.6'")]
    [InlineData("vendor 7.0.0", "'vendor 7.0.0'")]
    [InlineData("99999999999.1.1", "'99999999999.1.1'")]
    [InlineData("\u0001\u0002", "'of 2 bytes'")]
    public void A_version_of_another_form_is_used_and_told_once(string version, string told)
    {
        Connect($"VERSION {version}\r\n" + Settings, times: 2);

        var line = Assert.Single(_log.Lines, static line => line.Id == 1052);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains(told, line.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ERROR\r\n")]
    [InlineData("SERVER_ERROR not here\r\n")]
    [InlineData("END\r\n")]
    [InlineData("STAT maxbytes 1\r\nEND\r\n")]
    public void A_server_that_does_not_tell_its_settings_keeps_the_default_limit(string settings)
    {
        Assert.Equal(new ServerFacts("1.6.18", null, null), Perform("VERSION 1.6.18\r\n" + settings));
        Connect("VERSION 1.6.18\r\n" + settings);
        Assert.Equal(1 << 20, _limit.Within(configured: null));
    }

    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("1073741824", 1 << 30)]
    [InlineData("99999999999", 1 << 30)]
    public void Limits_are_taken_as_far_as_memcacheds_own_go(string told, int limit) =>
        Assert.Equal(limit, Perform($"VERSION 1.6.18\r\nSTAT item_size_max {told}\r\nEND\r\n").ItemSizeLimit);

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("EN\r\n")]
    [InlineData("\r\n")]
    [InlineData("VERSION 1.6.18\r\nSTAT item_size_max many\r\nEND\r\n")]
    [InlineData("VERSION 1.6.18\r\nSTAT item_size_max -1\r\nEND\r\n")]
    [InlineData("VERSION 1.6.18\r\nSTAT item_size_max 1023\r\nEND\r\n")]
    [InlineData("VERSION 1.6.18\r\nSTAT maxbytes 1\r\nERROR\r\n", typeof(MemcachedConnectionException))]
    [InlineData("VERSION 1.6.18\r\nVA 3 O1\r\n")]
    [InlineData("VERSION 1.6.18\r\nEND\r\nVA 3 O1\r\nabc\r\n")]
    [InlineData("VERSION 1.6.18\r\nSTAT item_size_max 1024\r\nEND\r\nEN")]
    [InlineData("ERROR Too many open connections\r\n", typeof(MemcachedConnectionException))]
    [InlineData("VERSION 1.6.18\r\nCLIENT_ERROR unauthenticated\r\n", typeof(MemcachedAuthenticationException))]
    [InlineData("CLIENT_ERROR unauthenticated\r\n", typeof(MemcachedAuthenticationException))]
    public void Any_other_answer_closes_the_link(string answer, Type? expected = null)
    {
        var server = new OneLinkTransport(Saying(answer));

        var fault = Assert.ThrowsAny<MemcachedException>(() => Transport(server).Connect(Eventually.Patience));

        Assert.Equal(expected ?? typeof(MemcachedProtocolException), fault.GetType());
        Assert.True(server.Link.IsDisposed);
        Assert.Equal(1 << 20, _limit.Within(configured: null));
    }

    [Fact]
    public void An_answer_without_an_end_is_given_up()
    {
        var endless = Enumerable.Repeat($"STAT {new string('x', 1000)} 1\r\n", 100);
        Assert.Throws<MemcachedProtocolException>(() => Perform(["VERSION 1.6.18\r\n", .. endless]));
        Assert.Throws<MemcachedProtocolException>(() => Perform([.. Enumerable.Repeat(new string('x', 1000), 100)]));
    }

    [Fact]
    public void A_server_that_closes_the_link_at_once_may_expect_tls()
    {
        var link = new ScriptedLink(answer: null);
        link.Close();

        var fault = Assert.Throws<MemcachedConnectionException>(() => Handshake.Perform(link, "server", null, LinkDeadline.Within(Eventually.Patience)));

        Assert.Contains("'Cache:Tls:Enabled'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_server_that_does_not_answer_or_drips_is_given_up_within_the_connect_timeout(bool drips)
    {
        var waiting = Stopwatch.StartNew();

        var fault = Assert.Throws<MemcachedConnectionException>(
            () => Transport(new OneLinkTransport(drips ? new DrippingLink() : new ScriptedLink(answer: null))).Connect(TimeSpan.FromMilliseconds(400)));

        Assert.Contains("did not answer within the connect timeout", fault.Message, StringComparison.Ordinal);
        Assert.InRange(waiting.Elapsed, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_password_is_sent_alone_and_first_and_cannot_be_read_where_it_is_not_asked_for()
    {
        var link = Saying("STORED\r\n");

        Assert.ThrowsAny<MemcachedException>(() => Handshake.Perform(link, "server", s_credentials, LinkDeadline.Within(TimeSpan.FromMilliseconds(100))));

        // The life of -1 second: it has ended already.
        Assert.Equal("set scopedcaching:authentication 0 -1 15\r\nuser opensesame\r\nversion\r\nstats settings\r\n", link.Sent);
    }

    [Theory]
    [InlineData("CLIENT_ERROR authentication failure\r\n", typeof(MemcachedAuthenticationException))]
    [InlineData("CLIENT_ERROR bad authentication token\r\n", typeof(MemcachedAuthenticationException))]
    [InlineData("SERVER_ERROR out of memory storing object\r\n", typeof(MemcachedConnectionException))]
    [InlineData("NOT_STORED\r\n", typeof(MemcachedProtocolException))]
    [InlineData("STORED\r\nSTORED\r\n", typeof(MemcachedProtocolException))]
    public void A_password_that_is_not_accepted_ends_the_link_before_anything_else_is_sent(string answer, Type expected)
    {
        var link = Saying(answer);

        var fault = Assert.ThrowsAny<MemcachedException>(() => Handshake.Perform(link, "server", s_credentials, LinkDeadline.Within(Eventually.Patience)));

        Assert.Equal(expected, fault.GetType());
        Assert.DoesNotContain("version", link.Sent, StringComparison.Ordinal);
        Assert.DoesNotContain("opensesame", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_do_not_tell_themselves()
    {
        Assert.DoesNotContain("opensesame", s_credentials.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("user", s_credentials.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("opensesame", new TlsSettings(null, null, null, "opensesame", null, null, false).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_logged_once_until_it_is_another_or_a_connection_stood_meanwhile()
    {
        var server = new OneLinkTransport(null!);
        var transport = Transport(server);
        string[] answers =
        [
            "VERSION 1.6.17\r\n", "VERSION 1.6.17\r\n", "CLIENT_ERROR unauthenticated\r\n", "CLIENT_ERROR unauthenticated\r\n", "VERSION 1.6.17\r\n",
            "VERSION 1.6.18\r\n" + Settings, "VERSION 1.6.17\r\n", "VERSION 1.6.17\r\n",
        ];
        foreach (var answer in answers)
        {
            server.Link = Saying(answer);
            try
            {
                transport.Connect(Eventually.Patience);
            }
            catch (MemcachedLinkException fault)
            {
                Assert.Contains(fault.Message, _log.Lines.Last().Text, StringComparison.Ordinal);
            }
        }

        Assert.Equal(4, _log.Lines.Count(static line => line is { Id: 1050, Level: LogLevel.Error }));
    }

    public void Dispose() => _log.Dispose();

    private static ServerFacts Perform(params string[] pieces) => Handshake.Perform(Saying(pieces), "server", credentials: null, LinkDeadline.Within(Eventually.Patience));

    private static ScriptedLink Saying(params string[] pieces)
    {
        var link = new ScriptedLink(answer: null);
        link.Say(pieces);
        return link;
    }

    private HandshakingTransport Transport(ITransport inner) => new("server", inner, credentials: null, _limit, _log.CreateLogger("test"));

    private void Connect(string answer, int times = 1)
    {
        var server = new OneLinkTransport(null!);
        var transport = Transport(server);
        for (var time = 0; time < times; time++)
        {
            server.Link = Saying(answer);
            Assert.Same(server.Link, transport.Connect(Eventually.Patience));
        }
    }

    private sealed class OneLinkTransport(ILink link) : ITransport
    {
        private ILink _link = link;

        public ScriptedLink Link
        {
            get => (ScriptedLink)_link;
            set => _link = value;
        }

        public ILink Connect(TimeSpan timeout) => _link;
    }

    /// <summary>Says a byte whenever it is asked, without an end.</summary>
    private sealed class DrippingLink : ILink
    {
        private readonly ManualResetEventSlim _never = new();

        public int Receive(Span<byte> buffer, TimeSpan patience)
        {
            _never.Wait(TimeSpan.FromMilliseconds(20));
            buffer[0] = (byte)'x';
            return 1;
        }

        public void Send(ReadOnlySpan<byte> bytes)
        {
            // Taken.
        }

        public void Dispose() => _never.Dispose();
    }
}
