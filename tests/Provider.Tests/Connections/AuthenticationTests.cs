using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;
using RecordedLog = Provider.Tests.Sealing.RecordedLog;

namespace Provider.Tests.Connections;

/// <summary>ASCII authentication with a real memcached.</summary>
public sealed class AuthenticationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authentication-");
    private readonly RecordedLog _log = new();

    [Fact]
    public async Task With_the_right_password_everything_works_on_every_connection()
    {
        await using var server = await StartAsync("someone:else", "cache:opensesame");
        using var client = ClientOf(server, "cache", "opensesame");

        Assert.True(await client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());
        Assert.Equal("value"u8.ToArray(), (await client.Verbs.GetAsync("key").InTime()).Value);

        // A connection of its own.
        Assert.Equal("VERSION"u8.ToArray(), (await client.Verbs.RawAsync("version").InTime())[..7]);
        await server.RestartAsync();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return !(await client.Verbs.GetAsync("key")).Found;
            }
            catch (MemcachedConnectionException)
            {
                return false;
            }
        });
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("кэш", "пароль-✓")]
    [InlineData("set", "x:y:z\"'\\")]
    public async Task Passwords_of_any_characters_that_stand_in_a_word_work(string username, string password)
    {
        await using var server = await StartAsync($"{username}:{password}");
        using var client = ClientOf(server, username, password);

        Assert.True(await client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());
    }

    [Fact]
    public async Task A_long_password_works_up_to_what_is_allowed()
    {
        var password = new string('x', 245);
        await using var server = await StartAsync($"cache:{password}");
        using var client = ClientOf(server, "cache", password);

        Assert.True(await client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());
    }

    [Theory]
    [InlineData("cache", "wrong")]
    [InlineData("cache", "opensesam")]
    [InlineData("cache", "opensesame2")]
    [InlineData("other", "opensesame")]
    public async Task A_wrong_password_is_a_clear_error_at_first_use_and_afterwards(string username, string password)
    {
        await using var server = await StartAsync("cache:opensesame");
        using var client = ClientOf(server, username, password);

        for (var use = 0; use < 3; use++)
        {
            var fault = await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => client.Verbs.GetAsync("key").InTime());
            Assert.Contains("refused the user name and the password", fault.Message, StringComparison.Ordinal);
            Assert.Contains("'Cache:Password'", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(password, fault.ToString(), StringComparison.Ordinal);
        }

        var line = Assert.Single(_log.Lines);
        Assert.Equal(1050, line.Id);
        Assert.DoesNotContain(password, line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_password_a_server_that_asks_for_one_is_a_clear_error()
    {
        await using var server = await StartAsync("cache:opensesame");
        using var client = ClientOf(server, null, null);

        var fault = await Assert.ThrowsAsync<MemcachedAuthenticationException>(() => client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());

        Assert.Contains("requires a user name and a password", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_ask_for_the_password_keeps_nothing_of_it_and_is_told_of()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        using var client = ClientOf(server, "cache", "opensesame");

        Assert.True(await client.Verbs.SetAsync("key", "value"u8.ToArray()).InTime());

        Assert.False((await client.Verbs.GetAsync("scopedcaching:authentication").InTime()).Found);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(1051, line.Id);
        Assert.DoesNotContain("opensesame", line.Text, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _log.Dispose();
    }

    private async Task<RealMemcachedServer> StartAsync(params string[] users)
    {
        var file = Path.Combine(_folder.FullName, "users");
        await File.WriteAllLinesAsync(file, users);
        return await RealMemcachedServer.StartAsync("-Y", file);
    }

    private TestClient ClientOf(RealMemcachedServer server, string? username, string? password) =>
        new(TestLinks.To(server, new MemcachedOptions { Username = username, Password = password }, logger: _log.CreateLogger("test")));
}
