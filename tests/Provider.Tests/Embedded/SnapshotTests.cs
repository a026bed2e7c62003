using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Embedded;

/// <summary>An embedded server's entries as bytes, and back.</summary>
public sealed class SnapshotTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public async Task Entries_keep_value_flags_and_the_moment_they_end()
    {
        using var before = new EmbeddedMemcached(timeProvider: _clock);
        using (var client = new TestClient(before.Transport, _clock))
        {
            await client.Verbs.SetAsync("a", "first"u8.ToArray(), TimeSpan.FromSeconds(100), flags: 7);
            await client.Verbs.SetAsync("ever", "second"u8.ToArray());
            await client.Verbs.SetAsync("ended", "third"u8.ToArray(), TimeSpan.FromSeconds(10));
        }

        _clock.Advance(TimeSpan.FromSeconds(40));
        using var after = new EmbeddedMemcached(timeProvider: _clock);
        Assert.True(after.Import(before.Export()));
        Assert.Equal(2, after.Count);
        using var next = new TestClient(after.Transport, _clock);

        _clock.Advance(TimeSpan.FromSeconds(59));
        var item = await next.Verbs.GetAsync("a");
        Assert.Equal(("first", 7u), (System.Text.Encoding.UTF8.GetString(item.Value!), item.Flags));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await next.Verbs.GetAsync("a")).Found);
        Assert.True((await next.Verbs.GetAsync("ever")).Found);
    }

    [Fact]
    public async Task What_is_no_snapshot_or_cut_short_is_taken_over_not_at_all()
    {
        using var before = new EmbeddedMemcached(timeProvider: _clock);
        using var client = new TestClient(before.Transport, _clock);
        await client.Verbs.SetAsync("a", "value"u8.ToArray());
        var snapshot = before.Export();
        using var after = new EmbeddedMemcached(timeProvider: _clock);

        Assert.False(after.Import([]));
        Assert.False(after.Import([9, .. snapshot[1..]]));
        for (var length = 1; length < snapshot.Length; length++)
        {
            Assert.False(after.Import(snapshot[..length]));
        }

        Assert.Equal(0, after.Count);
        Assert.True(after.Import(snapshot));
        Assert.Equal(1, after.Count);
    }
}
