using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Middleware.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Platform;

public sealed class PlatformOnEmbeddedTests : PlatformContract, IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly EmbeddedMemcached _server;

    public PlatformOnEmbeddedTests() => _server = new EmbeddedMemcached(timeProvider: _clock);

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task An_unmodified_request_on_a_stored_session_is_a_get_and_a_refresh_and_a_touch_once_a_second_is_spent()
    {
        await using var app = await StartAsync();
        using var visitor = new Visitor();
        await visitor.PostAsync(app, "/count");
        await app.CommandsAsync();

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, await CostAsync(app, () => visitor.GetAsync(app, "/look")));
        Assert.Equal(2, await CostAsync(app, () => visitor.GetAsync(app, "/look")));
        Assert.Equal(1, await CostAsync(app, () => visitor.GetAsync(app, "/nothing")));
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/look")]
    public async Task Unmodified_requests_keep_a_session_alive_for_its_idle_time(string path)
    {
        await using var app = await StartAsync();
        using var visitor = new Visitor();
        await visitor.PostAsync(app, "/count");
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(19));
            await visitor.GetAsync(app, path);
            await app.CommandsAsync();
        }

        Assert.Equal("1", await visitor.GetAsync(app, "/look"));
        await app.CommandsAsync();
        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal("nothing", await visitor.GetAsync(app, "/look"));
    }

    private protected override void Use(IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_clock));
        services.UseEmbeddedMemcached(_server);
    }
}

public sealed class PlatformOnRealMemcachedTests(SharedMemcached shared) : PlatformContract, IClassFixture<SharedMemcached>
{
    [Fact]
    public async Task A_memcached_that_is_away_fails_no_request_that_has_a_session()
    {
        await using var server = await RealMemcachedServer.StartAsync();
        await using var app = await StartAsync(services => UseServer(services, server));
        using var visitor = new Visitor();
        Assert.Equal("1", await visitor.PostAsync(app, "/count"));
        server.Kill();

        Assert.Equal("nothing", await visitor.GetAsync(app, "/nothing"));
        Assert.Equal("nothing", await visitor.GetAsync(app, "/load"));
        Assert.Equal("1", await visitor.PostAsync(app, "/count"));
    }

    private protected override void Use(IServiceCollection services) => UseServer(services, shared.Server);

    private static void UseServer(IServiceCollection services, RealMemcachedServer server) =>
        services.Configure<MemcachedOptions>(options => options.Servers = [MemcachedEndpoint.Tcp(server.Host, server.Port)]);
}

/// <summary>Session, TempData and antiforgery on the provider, as they are: two instances of an application on one memcached and one DataProtection key ring.</summary>
public abstract class PlatformContract : IAsyncLifetime
{
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("platform-keys-");
    private readonly DirectoryInfo _otherKeys = Directory.CreateTempSubdirectory("platform-keys-");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _keys.Delete(recursive: true);
        _otherKeys.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_session_begun_at_one_instance_goes_on_at_the_other()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        using var visitor = new Visitor();

        Assert.Equal("1", await visitor.PostAsync(here, "/count"));
        Assert.Equal("2", await visitor.PostAsync(there, "/count"));
        Assert.Equal("2", await visitor.GetAsync(here, "/look"));
        Assert.Equal("2", await visitor.GetAsync(here, "/load"));
    }

    [Fact]
    public async Task Two_visitors_have_sessions_of_their_own()
    {
        await using var app = await StartAsync();
        using var one = new Visitor();
        using var another = new Visitor();
        await one.PostAsync(app, "/count");

        Assert.Equal("nothing", await another.GetAsync(app, "/look"));
        Assert.Equal("1", await another.PostAsync(app, "/count"));
        Assert.Equal("1", await one.GetAsync(app, "/look"));
    }

    [Fact]
    public async Task An_instance_with_other_keys_does_not_know_the_session_and_does_no_harm()
    {
        await using var here = await StartAsync();
        await using var stranger = await PlatformApp.StartAsync(Use, _otherKeys);
        using var visitor = new Visitor();
        await visitor.PostAsync(here, "/count");

        Assert.Equal("nothing", await visitor.GetAsync(stranger, "/look"));
        Assert.Equal("1", await visitor.GetAsync(here, "/look"));
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/look")]
    [InlineData("/load")]
    public async Task An_unmodified_request_on_a_session_never_stored_is_one_command_and_logs_nothing(string path)
    {
        await using var app = await StartAsync();
        using var warm = new Visitor();
        await warm.GetAsync(app, path);
        var logged = app.Log.Entries.Count;
        using var visitor = new Visitor();

        var cost = await CostAsync(app, async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal("nothing", await visitor.GetAsync(app, path));
            }
        });

        Assert.InRange(cost, 1, 20);
        Assert.Empty(visitor.Cookies.GetAllCookies());
        Assert.Equal([], app.Log.Entries.Skip(logged));
    }

    [Fact]
    public async Task An_unmodified_request_on_a_stored_session_logs_nothing_of_the_caches()
    {
        await using var app = await StartAsync();
        using var visitor = new Visitor();
        await visitor.PostAsync(app, "/count");
        var logged = app.Log.Entries.Count;

        Assert.InRange(await CostAsync(app, () => visitor.GetAsync(app, "/look")), 1, 3);
        Assert.All(app.Log.Entries.Skip(logged), static entry => Assert.Contains("Session", entry.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "CookieTempDataProvider")]
    [InlineData(true, "SessionStateTempDataProvider")]
    public async Task What_one_instance_leaves_in_temp_data_the_other_finds_once(bool inSession, string provider)
    {
        await using var here = await PlatformApp.StartAsync(Use, _keys, inSession);
        await using var there = await PlatformApp.StartAsync(Use, _keys, inSession);
        using var visitor = new Visitor();
        Assert.Equal(provider, await visitor.GetAsync(here, "/platform/provider"));
        Assert.Equal("left", await visitor.PostAsync(here, "/platform/note", ("text", "grüße")));

        Assert.Equal("grüße", await visitor.GetAsync(there, "/platform/note/peek"));
        Assert.Equal("grüße", await visitor.GetAsync(there, "/platform/note"));
        Assert.Equal("nothing", await visitor.GetAsync(here, "/platform/note"));
        using var another = new Visitor();
        Assert.Equal("nothing", await another.GetAsync(here, "/platform/note"));
    }

    [Fact]
    public async Task A_form_of_one_instance_is_accepted_by_the_other_and_only_with_its_token()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        using var visitor = new Visitor();
        var token = await visitor.GetAsync(here, "/platform/form");

        Assert.Equal("sent", await visitor.PostAsync(there, "/platform/form", ("text", "sent"), ("__RequestVerificationToken", token)));
        Assert.Equal("400", await visitor.PostAsync(there, "/platform/form", ("text", "sent")));
        using var another = new Visitor();
        await another.GetAsync(here, "/platform/form");
        Assert.Equal("400", await another.PostAsync(there, "/platform/form", ("text", "sent"), ("__RequestVerificationToken", token)));
    }

    private protected abstract void Use(IServiceCollection services);

    private protected Task<PlatformApp> StartAsync() => StartAsync(Use);

    private protected Task<PlatformApp> StartAsync(Action<IServiceCollection> server) => PlatformApp.StartAsync(server, _keys);

    /// <summary>How many commands the work takes: the statistics are asked for on the same connection, so that what was sent before has arrived.</summary>
    private protected static async Task<long> CostAsync(PlatformApp app, Func<Task> work)
    {
        var before = await app.CommandsAsync();
        await work();
        return await app.CommandsAsync() - before;
    }
}
