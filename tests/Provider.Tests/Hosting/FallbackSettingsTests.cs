using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

public sealed class FallbackSettingsTests
{
    private static readonly (string, string?) s_server = ("Cache:Servers", "new");

    [Fact]
    public void Without_the_setting_there_are_none() => Assert.Empty(Application.OptionsOf(code: null, s_server).Fallback.Servers);

    [Fact]
    public void They_are_told_in_all_the_forms_that_servers_are()
    {
        Assert.Equal("old:11211", ServersOf(("Cache:Fallback:Servers", "old")));
        Assert.Equal("old:1234", ServersOf(("Cache:Fallback:Servers:0", "old:1234")));
        Assert.Equal("old:7", ServersOf(("Cache:Fallback:Servers:0:Address", "old"), ("Cache:Fallback:Servers:0:Port", "7")));
        Assert.Equal("unix:/run/m.sock", ServersOf(("Cache:Fallback:Servers", "unix:/run/m.sock")));
        Assert.Equal("new:11211", string.Join(',', Application.OptionsOf(code: null, s_server, ("Cache:Fallback:Servers", "old")).Servers));
    }

    [Fact]
    public void They_have_a_timeout_of_their_own_and_share_the_rest()
    {
        var options = Application.OptionsOf(code: null, s_server, ("Cache:Fallback:Servers", "old"), ("Cache:MaxQueuedOperations", "10")).OfFallback();
        var changed = Application.OptionsOf(code: null, s_server, ("Cache:Fallback:Servers", "old"), ("Cache:Fallback:Timeout", "3")).OfFallback();

        Assert.Equal((TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.25), 10), (options.Timeout, options.ConnectTimeout, options.MaxQueuedOperations));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)), (changed.Timeout, changed.ConnectTimeout));
        Assert.Equal("old:11211", string.Join(',', changed.Servers));
    }

    [Theory]
    [InlineData("Cache:Fallback:Servers", "a, a", "'Cache:Fallback:Servers' names a:11211 more than once")]
    [InlineData("Cache:Fallback:Servers", "a:b:c", "'Cache:Fallback:Servers'")]
    [InlineData("Cache:Fallback:Servers:0:Port", "x", "'Cache:Fallback:Servers:0:Port'")]
    [InlineData("Cache:Fallback:Timeout", "0.001", "'Cache:Fallback:Timeout'")]
    [InlineData("Cache:Fallback:Server", "a", "'Cache:Fallback:Server' is unknown. Allowed are Servers, Timeout")]
    [InlineData("Cache:Fallback", "a", "'Cache:Fallback' is a single value. Allowed is a section with Servers, Timeout")]
    [InlineData("Cache:Fallback:Servers:0:Adress", "a", "'Cache:Fallback:Servers:0:Adress' is unknown")]
    [InlineData("Cache:Fallback:Timeout", "05:00", "'Cache:Fallback:Timeout'")]
    public async Task What_cannot_be_used_stops_the_start_by_its_name(string key, string value, string told) =>
        Assert.Contains(told, await Application.RefusalOfAsync(s_server, (key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Null")]
    [InlineData("Embedded")]
    public async Task They_need_memcached_as_the_backend(string backend) =>
        Assert.Contains("'Cache:Fallback:Servers'", await Application.RefusalOfAsync(("Cache:Backend", backend), ("Cache:Fallback:Servers", "a")), StringComparison.Ordinal);

    private static string ServersOf(params (string, string?)[] settings) =>
        string.Join(',', Application.OptionsOf(code: null, [s_server, .. settings]).Fallback.Servers);
}
