using Functions.Tests.Samples;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Functions.Tests;

/// <summary>To whom entries belong, and how long they live where the function does not say.</summary>
public sealed class LevelTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly TestScopedCache _caches;

    public LevelTests() => _caches = ScopedCacheTesting.Create("acme", "1", _clock);

    public void Dispose() => _caches.Dispose();

    [Fact]
    public void The_functions_own_level_wins_over_its_types_and_that_over_stack()
    {
        var (here, other) = (new Levels(_caches), new Levels(_caches.Factory.Create("birch", "user", "1")));
        Assert.Equal((1, 1), (here.OfTheType(), other.OfTheType()));
        Assert.Equal((2, 1), (here.OfItsOwn(), other.OfItsOwn()));
        Assert.Equal((1, 2), (new Plain(_caches).Get(), Run(new Plain(_caches.Factory.Create("birch")), 2)));

        static int Run(Plain plain, int result) => plain.Get() + result - 1;
    }

    [Fact]
    public void Another_session_reads_nothing_of_this_one()
    {
        var (here, other) = (new Levels(_caches), new Levels(_caches.Factory.Create("acme", "user", "2")));
        Assert.Equal(1, here.OfTheSession());
        Assert.Equal(1, here.OfTheSession());
        Assert.Equal(1, other.OfTheSession());
        Assert.Equal(1, other.Calls);
    }

    [Fact]
    public void A_scope_that_is_not_known_is_refused_as_everywhere() =>
        Assert.Throws<ScopeUnavailableException>(() => new Plain(_caches.Factory.Create(customer: null)).Get());

    [Fact]
    public void A_prefix_stands_in_front_of_the_key_and_the_functions_wins_over_the_types()
    {
        var levels = new Levels(_caches);
        Assert.StartsWith("levels/Levels.OfTheType~", levels.OfTheTypeCache.KeyFor(), StringComparison.Ordinal);
        Assert.StartsWith("own/Levels.OfItsOwn~", levels.OfItsOwnCache.KeyFor(), StringComparison.Ordinal);
        Assert.Equal("levels/session-thing", levels.OfTheSessionCache.KeyFor());
    }

    [Fact]
    public void Seconds_of_the_function_win_over_those_of_its_type()
    {
        var levels = new Levels(_caches);
        Assert.Equal((1, 2), (levels.OfTheType(), levels.OfItsOwn()));
        _clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal((3, 2), (levels.OfTheType(), levels.OfItsOwn()));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(4, levels.OfItsOwn());
    }

    [Fact]
    public void A_policy_of_the_types_code_applies()
    {
        var plain = new Plain(_caches);
        Assert.Equal(1, plain.GetByPolicy());
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, plain.GetByPolicy());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, plain.GetByPolicy());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(typeof(Shouting))]
    public void What_nobody_says_falls_to_the_applications_default_policy(Type? serializer)
    {
        using var server = new EmbeddedMemcached(timeProvider: _clock);
        var policy = CachePolicy.For(TimeSpan.FromSeconds(100)) with { Serializer = serializer is null ? null : (IValueSerializer)Activator.CreateInstance(serializer)! };
        using var services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddMemcachedScopedCache(o => o.DefaultPolicy = policy).UseEmbeddedMemcached(server)
            .AddDataProtection().UseEphemeralDataProtectionProvider().Services.BuildServiceProvider();
        var plain = new Plain(services.GetRequiredService<IScopedCacheFactory>().Create("acme"));
        var written = Shouting.Written;

        Assert.Equal((1, 2), (plain.Get(), plain.GetBySeconds()));
        Assert.Equal(serializer is null ? 0 : 2, Shouting.Written - written);
        _clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal((1, 3), (plain.Get(), plain.GetBySeconds()));
        _clock.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal(4, plain.Get());
    }

    /// <summary>An application's own serializer.</summary>
    private sealed class Shouting : IValueSerializer
    {
        public static int Written { get; private set; }

        public void Serialize<T>(T value, System.Buffers.IBufferWriter<byte> destination)
        {
            Written++;
            System.Buffers.BuffersExtensions.Write(destination, System.Text.Encoding.UTF8.GetBytes($"{value}!"));
        }

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) =>
            (T)Convert.ChangeType(System.Text.Encoding.UTF8.GetString(source.Span).TrimEnd('!'), typeof(T), System.Globalization.CultureInfo.InvariantCulture);
    }
}
