using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Hosting;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Inspector;

/// <summary>What the inspector and the command tell of several servers.</summary>
public sealed class ServerFiguresTests : IDisposable
{
    private readonly EmbeddedMemcached[] _servers = [new(), new(), new()];
    private readonly string[] _names;
    private readonly FakeClock _clock = new();
    private readonly ServiceProvider _services;

    public ServerFiguresTests()
    {
        int[] ports = [.. _servers.Select(static server => server.ListenTcp().Port)];
        _names = [.. ports.Select(static port => $"127.0.0.1:{port}")];
        var services = new ServiceCollection();
        services.AddMemcachedScopedCache();
        services.Configure<MemcachedOptions>(options => (options.Servers, options.Timeout) = ([.. ports.Select(static port => MemcachedEndpoint.Tcp("127.0.0.1", port))], TimeSpan.FromSeconds(20)));
        services.AddSingleton(provider => new ServerFigures(provider, _clock));
        _services = services.BuildServiceProvider();
    }

    [Fact]
    public async Task Each_of_several_servers_has_figures_of_its_own()
    {
        var client = _services.GetRequiredService<IMemcachedClient>();
        for (var i = 0; i < 60; i++)
        {
            await client.SetAsync($"key:{i}", new byte[100]);
        }

        var servers = await AskAsync();

        Assert.Equal(_names, servers.Select(static server => server.Name), StringComparer.Ordinal);
        Assert.Equal(_servers.Select(static server => (long?)server.Count), servers.Select(static server => server.Items));
        Assert.All(servers, static server =>
        {
            Assert.Equal(("Up", null), (server.State, server.Fault));
            Assert.StartsWith("1.6.", server.Version, StringComparison.Ordinal);
            Assert.InRange(server.Bytes!.Value, 1, server.Capacity!.Value);
            Assert.Equal(0, server.Evictions);
            Assert.InRange(server.Connections!.Value, 1, 100);
        });
    }

    [Fact]
    public async Task One_that_does_not_answer_says_why_and_does_not_spoil_the_others()
    {
        _servers[1].Dispose();

        var servers = await AskAsync();

        Assert.Equal(["Up", "Down", "Up"], servers.Select(static server => server.State), StringComparer.Ordinal);
        Assert.Equal(_names, servers.Select(static server => server.Name), StringComparer.Ordinal);
        Assert.NotEmpty(servers[1].Fault!);
        Assert.Equal((null, null, null), (servers[1].Version, servers[1].Items, servers[1].Bytes));
        Assert.All([servers[0], servers[2]], static server => Assert.NotNull(server.Items));
    }

    [Fact]
    public async Task Where_none_answers_each_is_told_all_the_same()
    {
        Array.ForEach(_servers, static server => server.Dispose());

        // Also once they are not asked any more.
        for (var time = 0; time < 6; time++)
        {
            var servers = await AskAsync();
            Assert.Equal(_names, servers.Select(static server => server.Name), StringComparer.Ordinal);
            Assert.All(servers, static server =>
            {
                Assert.Equal("Down", server.State);
                Assert.Contains("ConnectionRefused", server.Fault, StringComparison.Ordinal);
            });
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task The_command_has_a_line_for_each_and_fails_while_one_does_not_answer()
    {
        var commands = _services.GetRequiredService<IScopedCacheCommands>();
        var all = await commands.RunAsync(new ScopedCacheCommand(ScopedCacheAction.Stats));
        _servers[2].Dispose();
        _clock.Advance(TimeSpan.FromSeconds(1));
        var withoutOne = await commands.RunAsync(new ScopedCacheCommand(ScopedCacheAction.Stats));

        Assert.Equal(0, all.ExitCode);
        Assert.Equal(_names.Select(static name => name + "\tUp\tmemcached 1.6"), all.Text.Split(Environment.NewLine).Select(static line => line[..line.IndexOf("1.6", StringComparison.Ordinal)] + "1.6"), StringComparer.Ordinal);
        Assert.Equal(3, withoutOne.ExitCode);
        var lines = withoutOne.Text.Split(Environment.NewLine);
        Assert.Equal(3, lines.Length);
        Assert.Contains(" items\t", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(_names[2] + "\tDown\t", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_says_of_itself_gives_the_terminal_no_orders()
    {
        IReadOnlyList<ServerAnswer> told = [new("first", "Up", "1.6\u001b[2J", Fault: null), new("second", "Down", Version: null, "It said \u001b[2J.")];
        var commands = new CacheCommands(services: null!, scopes: null!, static () => null, _ => ValueTask.FromResult(told), new CommandSurroundings(HasCacheOfItsOwn: false, SharesKeys: false), NullLogger.Instance);

        var text = (await commands.RunAsync(new ScopedCacheCommand(ScopedCacheAction.Stats), CancellationToken.None)).Text;

        Assert.Equal(2, text.Split("\\u001b[2J").Length - 1);
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public async Task A_backend_that_is_no_memcached_is_not_called_down()
    {
        var services = new ServiceCollection();
        services.AddMemcachedScopedCache();
        services.Configure<MemcachedOptions>(static options => options.Backend = CacheBackends.Null);
        using var provider = services.BuildServiceProvider();

        var backend = Assert.Single(await provider.GetRequiredService<ServerFigures>().ReadAsync(CancellationToken.None));

        Assert.Null(backend.State);
        Assert.Contains("'Null'", backend.Fault, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _services.Dispose();
        Array.ForEach(_servers, static server => server.Dispose());
    }

    private async Task<IReadOnlyList<ServerAnswer>> AskAsync() => await _services.GetRequiredService<ServerFigures>().ReadAsync(CancellationToken.None);
}
