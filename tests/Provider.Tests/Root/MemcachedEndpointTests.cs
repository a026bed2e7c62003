using ScopedCaching.Memcached;

namespace Provider.Tests;

public sealed class MemcachedEndpointTests
{
    [Theory]
    [InlineData("memcached", "memcached", 11211, "memcached:11211")]
    [InlineData("memcached:1234", "memcached", 1234, "memcached:1234")]
    [InlineData("  cache-1.example.com\r\n", "cache-1.example.com", 11211, "cache-1.example.com:11211")]
    [InlineData("cache_1", "cache_1", 11211, "cache_1:11211")]
    [InlineData("127.0.0.1:65535", "127.0.0.1", 65535, "127.0.0.1:65535")]
    [InlineData("[::1]", "::1", 11211, "[::1]:11211")]
    [InlineData("[2001:db8::7]:1", "2001:db8::7", 1, "[2001:db8::7]:1")]
    [InlineData("::1", "::1", 11211, "[::1]:11211")]
    [InlineData("2001:db8::7", "2001:db8::7", 11211, "[2001:db8::7]:11211")]
    [InlineData("tcp://10.0.0.7:11212", "10.0.0.7", 11212, "10.0.0.7:11212")]
    [InlineData("TCP://cache:11212/", "cache", 11212, "cache:11212")]
    [InlineData("tcp://[::1]:5", "::1", 5, "[::1]:5")]
    public void An_endpoint_is_read_and_written_back(string text, string host, int port, string written)
    {
        var endpoint = MemcachedEndpoint.Parse(text);

        Assert.Equal((host, port, null), (endpoint.Host, endpoint.Port, endpoint.UnixPath));
        Assert.Equal(written, endpoint.ToString());
        Assert.Equal(endpoint, MemcachedEndpoint.Parse(written));
    }

    [Theory]
    [InlineData("unix:/run/memcached.sock")]
    [InlineData("UNIX:/run/memcached.sock")]
    public void A_unix_socket_is_read_and_written_back(string text)
    {
        var endpoint = MemcachedEndpoint.Parse(text);

        Assert.Equal("/run/memcached.sock", endpoint.UnixPath);
        Assert.Equal("unix:/run/memcached.sock", endpoint.ToString());
        Assert.Equal(endpoint, MemcachedEndpoint.Unix("/run/memcached.sock"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(":11211")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:+1")]
    [InlineData("host: 1")]
    [InlineData("host:port")]
    [InlineData("host:1:2")]
    [InlineData("two words")]
    [InlineData("host/path")]
    [InlineData("a\r\nb")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::1]:")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("[host]:1")]
    [InlineData("[]")]
    [InlineData("tcp://")]
    [InlineData("http://host")]
    [InlineData("tcp://host:1/path")]
    public void What_is_no_endpoint_is_refused_with_what_is_allowed(string text)
    {
        var fault = Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Parse(text));

        Assert.Contains("Allowed are host, host:port, [IPv6]:port, tcp://host:port and unix:/path", fault.Message, StringComparison.Ordinal);
        Assert.False(MemcachedEndpoint.TryParse(text, 11211, out _, out var problem));
        Assert.Equal(fault.Message, problem);
    }

    [Theory]
    [InlineData("unix:")]
    [InlineData("unix:relative")]
    public void A_unix_socket_needs_an_absolute_path(string text)
    {
        var fault = Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Parse(text));
        Assert.Contains("unix:/path", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_the_kernel_cannot_take_is_refused_at_once()
    {
        Assert.Equal(107, MemcachedEndpoint.Unix("/" + new string('a', 106)).UnixPath!.Length);
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Unix("/" + new string('a', 107)));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Parse("unix:/" + new string('é', 54)));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Unix("relative"));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Unix("/a\0b"));
    }

    [Fact]
    public void An_endpoint_made_in_code_is_checked_alike()
    {
        Assert.Equal("cache:11211", MemcachedEndpoint.Tcp("cache").ToString());
        Assert.Equal("[::1]:5", MemcachedEndpoint.Tcp("::1", 5).ToString());
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Tcp(""));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Tcp("two words"));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Tcp("cache", 0));
        Assert.Throws<MemcachedConfigurationException>(() => MemcachedEndpoint.Tcp("cache", 65536));
        Assert.Throws<ArgumentNullException>(() => MemcachedEndpoint.Tcp(null!));
    }
}
