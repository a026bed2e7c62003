using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace Middleware.Tests.Scopes;

/// <summary>How much a request remembers, and until when.</summary>
public sealed class RequestMemoryBoundsTests
{
    private const int MostBytes = 1 << 20;
    private const int MostEntries = 256;
    private static readonly EntryScope s_scope = new("app", "stack", "acme", "acme");
    private readonly RequestMemory _memory = new();

    [Fact]
    public void What_was_kept_is_found_under_its_own_address_only()
    {
        Keep("a", 1, "entry");

        Assert.True(_memory.TryGet(s_scope.Entry("a"), out var entry));
        Assert.Equal("entry", entry);
        Assert.False(Has("b"));
        Assert.False(_memory.TryGet(new EntryScope("app", "stack", "other", "other").Entry("a"), out _));
    }

    [Fact]
    public void No_more_entries_are_kept_than_allowed()
    {
        for (var i = 0; i <= MostEntries; i++)
        {
            Keep($"{i}", 1);
        }

        Assert.True(Has($"{MostEntries - 1}"));
        Assert.False(Has($"{MostEntries}"));
    }

    [Fact]
    public void No_more_bytes_are_kept_than_allowed_and_that_many_are()
    {
        Keep("a", 1);
        Keep("b", MostBytes);
        Keep("c", MostBytes - 1);
        Keep("d", 1);

        Assert.Equal([true, false, true, false], new[] { "a", "b", "c", "d" }.Select(Has));
    }

    [Fact]
    public void What_is_read_again_replaces_what_was_there_and_takes_its_room()
    {
        Keep("a", MostBytes, "old");
        Keep("a", MostBytes, "new");

        Assert.True(_memory.TryGet(s_scope.Entry("a"), out var entry));
        Assert.Equal("new", entry);
    }

    [Fact]
    public void What_is_read_again_and_has_become_too_large_leaves_nothing_old()
    {
        Keep("a", 1, "old");
        Keep("a", MostBytes + 1, "new");

        Assert.False(Has("a"));
    }

    [Fact]
    public void Forgetting_one_makes_its_room_free_and_keeps_the_others()
    {
        Keep("a", 1);
        Keep("b", MostBytes - 1);
        _memory.Forget(s_scope.Entry("b"));
        _memory.Forget(s_scope.Entry("b"));
        _memory.Forget(s_scope.Entry("never kept"));
        Keep("c", MostBytes - 1);
        Keep("d", 1);

        Assert.Equal([true, false, true, false], new[] { "a", "b", "c", "d" }.Select(Has));
    }

    [Fact]
    public void Forgetting_all_makes_all_room_free()
    {
        Keep("a", 1);
        Keep("b", MostBytes - 1);
        _memory.ForgetAll();
        Keep("c", MostBytes);
        Keep("d", 1);

        Assert.Equal([false, false, true, false], new[] { "a", "b", "c", "d" }.Select(Has));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_read_before_a_change_is_not_kept_after_it(bool all)
    {
        var before = _memory.Changes;
        if (all)
        {
            _memory.ForgetAll();
        }
        else
        {
            _memory.Forget(s_scope.Entry("another"));
        }

        _memory.Keep(s_scope.Entry("a"), "old", 1, before);

        Assert.False(Has("a"));
        Assert.Equal(before + 1, _memory.Changes);
        Keep("a", 1);
        Assert.True(Has("a"));
    }

    private void Keep(string key, int size, string entry = "entry") => _memory.Keep(s_scope.Entry(key), entry, size, _memory.Changes);

    private bool Has(string key) => _memory.TryGet(s_scope.Entry(key), out _);
}
