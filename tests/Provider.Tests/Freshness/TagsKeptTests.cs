using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Freshness;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests.Freshness;

/// <summary>Tags of many customers do not fill the memory of a process.</summary>
public sealed class TagsKeptTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();
    private readonly RecordedCache _cache;

    public TagsKeptTests() => _cache = new RecordedCache(_server.Transport, TimeProvider.System);

    public void Dispose()
    {
        _cache.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void All_customers_together_have_a_bound()
    {
        var store = new GenerationStore((SealedStore)_cache.Sealed);
        EntryScope[] customers = [.. Enumerable.Range(0, 100).Select(static i => new EntryScope("app", "stack", $"customer {i}", $"customer {i}"))];
        var most = 0;
        foreach (var customer in customers)
        {
            for (var i = 0; i < 1000; i++)
            {
                store.Of(customer).Tag($"account {i}");
            }

            most = Math.Max(most, store.TagsKept);
        }

        Assert.InRange(most, GenerationStore.MostTags / 2, GenerationStore.MostTags + GenerationStore.CountedEvery);
    }

    [Fact]
    public void A_tag_that_is_kept_is_the_same_object_again()
    {
        var store = new GenerationStore((SealedStore)_cache.Sealed);
        var customer = new EntryScope("app", "stack", "acme", "acme");

        Assert.Same(store.Of(customer).Tag("tag"), store.Of(customer).Tag("tag"));
        store.Of(customer).ForgetTags();
        Assert.Equal(0, store.TagsKept);
        Assert.True(store.Of(customer).Tag("tag").WireKey.Span.SequenceEqual(new GenerationStore((SealedStore)_cache.Sealed).Of(customer).Tag("tag").WireKey.Span));
    }
}
