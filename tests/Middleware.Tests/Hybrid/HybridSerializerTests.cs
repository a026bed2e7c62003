using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Middleware.Tests.Doubles;
using ScopedCaching;

namespace Middleware.Tests.Hybrid;

/// <summary>Serializers of the platform's kind, for one type and by factory.</summary>
public sealed class HybridSerializerTests : IDisposable
{
    private readonly HybridFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Fact]
    public async Task A_types_own_serializer_writes_and_reads_it_and_nothing_else()
    {
        var serializer = new Marking<Thing>("own", static thing => thing.Name, static text => new Thing(text));
        var cache = _fleet.Start(add: services => services.AddSingleton<IHybridCacheSerializer<Thing>>(serializer)).Cache;

        await cache.SetAsync("thing", new Thing("a"));
        await cache.SetAsync("other", new Other("b"));

        Assert.Equal(new Thing("own:a"), await ReadAsync<Thing>(cache, "thing"));
        Assert.Equal(new Other("b"), await ReadAsync<Other>(cache, "other"));
        Assert.Equal((1, 1), (serializer.Written, serializer.Read));
    }

    [Fact]
    public async Task Strings_may_have_a_serializer_too()
    {
        var cache = _fleet.Start(add: static services => services.AddSingleton<IHybridCacheSerializer<string>>(new Marking<string>("own", static x => x, static x => x))).Cache;

        await cache.SetAsync("key", "a");

        Assert.Equal("own:a", await ReadAsync<string>(cache, "key"));
    }

    [Fact]
    public async Task The_factory_registered_last_wins_and_a_types_own_serializer_before_all()
    {
        var cache = _fleet.Start(add: static services => services
            .AddSingleton<IHybridCacheSerializerFactory>(new FactoryOf<Thing>("first", static thing => thing.Name, static text => new Thing(text)))
            .AddSingleton<IHybridCacheSerializerFactory>(new FactoryOf<Thing>("last", static thing => thing.Name, static text => new Thing(text)))
            .AddSingleton<IHybridCacheSerializerFactory>(new FactoryOf<Other>("factory", static other => other.Name, static text => new Other(text)))
            .AddSingleton<IHybridCacheSerializer<Other>>(new Marking<Other>("own", static other => other.Name, static text => new Other(text)))).Cache;

        await cache.SetAsync("thing", new Thing("a"));
        await cache.SetAsync("other", new Other("b"));

        Assert.Equal(new Thing("last:a"), await ReadAsync<Thing>(cache, "thing"));
        Assert.Equal(new Other("own:b"), await ReadAsync<Other>(cache, "other"));
    }

    [Fact]
    public async Task Without_one_tuples_come_back_and_a_derived_type_is_refused()
    {
        var cache = _fleet.Start().Cache;

        await cache.SetAsync("tuple", (7, "x"));

        Assert.Equal((7, "x"), await ReadAsync<(int, string)>(cache, "tuple"));
        await Assert.ThrowsAsync<NotSupportedException>(() => cache.GetOrCreateAsync<Exception>("key", static _ => new ValueTask<Exception>(new FormatException())).AsTask());
    }

    [Fact]
    public async Task Nulls_do_not_reach_a_serializer()
    {
        var serializer = new Marking<Thing?>("own", static _ => throw new InvalidOperationException(), static _ => throw new InvalidOperationException());
        var cache = _fleet.Start(add: services => services.AddSingleton<IHybridCacheSerializer<Thing?>>(serializer)).Cache;

        await cache.SetAsync<Thing?>("key", null);

        Assert.Null(await cache.GetOrCreateAsync<Thing?>("key", static _ => new ValueTask<Thing?>(new Thing("made"))));
    }

    [Fact]
    public async Task What_a_serializer_cannot_read_is_a_miss()
    {
        var cache = _fleet.Start(add: static services => services.AddSingleton<IHybridCacheSerializer<Thing>>(
            new Marking<Thing>("own", static thing => thing.Name, static _ => throw new FormatException()))).Cache;
        await cache.SetAsync("key", new Thing("a"));

        Assert.Equal(new Thing("made"), await cache.GetOrCreateAsync("key", static _ => new ValueTask<Thing>(new Thing("made"))));
    }

    [Fact]
    public async Task Copies_of_a_local_value_are_made_by_its_serializer()
    {
        var serializer = new Marking<Thing>("own", static thing => thing.Name, static text => new Thing(text));
        var cache = _fleet.Start(add: services => services.AddSingleton<IHybridCacheSerializer<Thing>>(serializer)).Cache;
        var options = new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.FromMinutes(1), Flags = HybridCacheEntryFlags.DisableDistributedCache };
        await cache.SetAsync("key", new Thing("a"), options);

        var first = await cache.GetOrCreateAsync("key", static _ => new ValueTask<Thing>(new Thing("made")), options);
        var second = await cache.GetOrCreateAsync("key", static _ => new ValueTask<Thing>(new Thing("made")), options);

        Assert.Equal((new Thing("own:a"), new Thing("own:a")), (first, second));
        Assert.NotSame(first, second);
    }

    private static ValueTask<T> ReadAsync<T>(HybridCache cache, string key) =>
        cache.GetOrCreateAsync<T>(key, static _ => throw new InvalidOperationException(), new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData });

    private sealed record Thing(string Name);

    private sealed record Other(string Name);

    /// <summary>Puts its mark before the text.</summary>
    private sealed class Marking<T>(string mark, Func<T, string> write, Func<string, T> read) : IHybridCacheSerializer<T>
    {
        public int Written { get; private set; }

        public int Read { get; private set; }

        public void Serialize(T value, IBufferWriter<byte> target)
        {
            Written++;
            target.Write(Encoding.UTF8.GetBytes($"{mark}:{write(value)}"));
        }

        public T Deserialize(ReadOnlySequence<byte> source)
        {
            Read++;
            return read(Encoding.UTF8.GetString(source));
        }
    }

    private sealed class FactoryOf<TOnly>(string mark, Func<TOnly, string> write, Func<string, TOnly> read) : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = new Marking<TOnly>(mark, write, read) as IHybridCacheSerializer<T>;
            return serializer is not null;
        }
    }
}
