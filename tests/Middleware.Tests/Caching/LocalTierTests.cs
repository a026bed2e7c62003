using Middleware.Tests.Doubles;
using ScopedCaching.Caching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

public sealed class LocalTierTests
{
    private const long Capacity = 100_000;
    private static readonly EntryScope s_scope = new("shop", "stack", "bank-a", "bank-a");
    private readonly FakeClock _clock = new();
    private readonly LocalTier _tier;

    public LocalTierTests() => _tier = new LocalTier(Capacity, _clock);

    [Fact]
    public void What_was_kept_is_found_at_its_address_and_at_no_other()
    {
        var kept = Keep("a", 100);
        Assert.Same(kept, Found("a"));
        Assert.Same(kept, Found(new EntryScope("shop", "stack", "bank-a", "bank-a").Entry(new string('a', 1))));
        Assert.Null(Found("A"));
        Assert.Null(Found(new EntryScope("shop", "stack", "bank-b", "bank-b").Entry("a")));
        Assert.Null(Found(s_scope.WithView("a").Entry("")));
    }

    [Fact]
    public void It_never_holds_more_bytes_than_its_capacity()
    {
        for (var i = 0; i < 5_000; i++)
        {
            Keep($"key-{i}", i % 12_000);
            Assert.InRange(_tier.Bytes, 0, Capacity);
        }

        Assert.InRange(_tier.Bytes, Capacity / 2, Capacity);
        Assert.InRange(_tier.Count, 1, 5_000);
    }

    [Fact]
    public void Keys_and_scopes_count_too()
    {
        var before = Cost(s_scope.Entry("k"), 0);
        Assert.InRange(before, 1, 1_000);
        Assert.Equal(before + 2_000, Cost(s_scope.Entry(new string('k', 1_001)), 0));
        Assert.InRange(Cost(s_scope.WithView(new string('v', 1_000)).Entry("k"), 0), before + 2_000, before + 8_000);
        Assert.Equal(before + 7, Cost(s_scope.Entry("k"), 7));

        static long Cost(EntryAddress address, int size)
        {
            var tier = new LocalTier(Capacity, TimeProvider.System);
            tier.Set(address, new Entry(address, size));
            return tier.Bytes;
        }
    }

    [Fact]
    public void An_entry_in_the_place_of_another_releases_the_others_bytes()
    {
        Keep("a", 1_000);
        var one = _tier.Bytes;
        for (var i = 0; i < 1_000; i++)
        {
            Keep("a", 1_000);
        }

        Assert.Equal((one, 1), (_tier.Bytes, _tier.Count));
        var smaller = Keep("a", 400);
        Assert.Equal(one - 600, _tier.Bytes);
        Assert.Same(smaller, Found("a"));
    }

    [Fact]
    public void An_entry_kept_again_at_its_address_counts_once()
    {
        var entry = Keep("a", 1_000);
        var one = _tier.Bytes;
        _tier.Set(s_scope.Entry("a"), entry);
        Assert.Equal((one, 1), (_tier.Bytes, _tier.Count));
        Assert.Same(entry, Found("a"));
    }

    [Fact]
    public void An_entry_cannot_be_kept_at_two_addresses_but_moves_once_it_was_dropped()
    {
        var entry = Keep("a", 1_000);
        Assert.Throws<InvalidOperationException>(() => _tier.Set(s_scope.Entry("b"), entry));
        Assert.True(_tier.Remove(s_scope.Entry("a")));
        _tier.Set(s_scope.Entry("b"), entry);
        Assert.Null(Found("a"));
        Assert.Same(entry, Found("b"));
    }

    [Fact]
    public void An_entry_above_an_eighth_of_the_capacity_is_not_kept()
    {
        var address = s_scope.Entry("a");
        var largest = (int)((Capacity / 8) - LocalTier.Cost(address, 0));
        Keep("a", largest);
        Assert.NotNull(Found("a"));
        Keep("b", largest + 1);
        Assert.Null(Found("b"));
        Assert.Equal(Capacity / 8, _tier.Bytes);
    }

    [Fact]
    public void An_entry_that_is_too_large_to_be_kept_still_ends_the_one_before()
    {
        Keep("a", 10);
        Keep("a", (int)Capacity);
        Assert.Null(Found("a"));
        Assert.Equal((0, 0), (_tier.Bytes, _tier.Count));
    }

    [Fact]
    public void A_tier_without_capacity_keeps_nothing()
    {
        var tier = new LocalTier(0, _clock);
        var address = s_scope.Entry("a");
        tier.Set(address, new Entry(address, 0));
        Assert.False(tier.TryPeek(address, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalTier(-1, _clock));
    }

    [Fact]
    public void A_hot_entry_survives_a_scan_of_cold_ones()
    {
        var hot = Enumerable.Range(0, 20).Select(static i => $"hot-{i}").ToArray();
        Array.ForEach(hot, key => Keep(key, 500));
        for (var i = 0; i < 20 * Capacity / 1_000; i++)
        {
            Keep($"cold-{i}", 500);
            Assert.All(hot, key => Assert.NotNull(Found(key)));
        }
    }

    [Fact]
    public void An_entry_that_nobody_asks_for_any_more_goes_however_hot_it_was()
    {
        Keep("was hot", 500);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.NotNull(Found("was hot"));
        }

        for (var i = 0; i < 3 * Capacity / 1_000; i++)
        {
            Keep($"cold-{i}", 500);
        }

        Assert.Null(Found("was hot"));
    }

    [Fact]
    public void An_entry_in_the_place_of_a_hot_one_is_hot()
    {
        Keep("hot", 500);
        Assert.NotNull(Found("hot"));
        Keep("hot", 500);
        var i = 0;
        while (_tier.Count == ++i)
        {
            Keep($"cold-{i}", 500);
        }

        Assert.NotNull(Found("hot"));
    }

    [Fact]
    public void Where_everything_is_hot_there_is_still_room_for_what_comes()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Keep($"key-{i}", 100);
            Assert.All(Enumerable.Range(0, i + 1), j => Found($"key-{j}"));
            Assert.NotNull(Found($"key-{i}"));
            Assert.InRange(_tier.Bytes, 0, Capacity);
        }
    }

    [Fact]
    public void An_ended_entry_is_only_peeked_at_until_its_end_is_moved()
    {
        var entry = Keep("a", 10);
        entry.EndsAt = _clock.GetTimestamp() + TimeSpan.FromSeconds(5).Ticks;
        _clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.Same(entry, Found("a"));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Found("a"));
        Assert.False(_tier.TryGet(s_scope.Entry("a"), _clock.GetTimestamp(), out _));
        Assert.True(_tier.TryPeek(s_scope.Entry("a"), out var ended));
        Assert.Same(entry, ended);
        ended.EndsAt = _clock.GetTimestamp() + 1;
        Assert.Same(entry, Found("a"));
    }

    [Fact]
    public void Remove_drops_one_and_says_whether_there_was_one()
    {
        Keep("a", 10);
        var b = Keep("b", 10);
        Assert.True(_tier.Remove(s_scope.Entry("a")));
        Assert.False(_tier.Remove(s_scope.Entry("a")));
        Assert.False(_tier.TryPeek(s_scope.Entry("a"), out _));
        Assert.Same(b, Found("b"));
        Assert.Equal((LocalTier.Cost(s_scope.Entry("b"), 10), 1), (_tier.Bytes, _tier.Count));
    }

    [Fact]
    public void Clear_drops_everything_and_releases_all_bytes()
    {
        for (var i = 0; i < 500; i++)
        {
            Keep($"key-{i}", 100);
        }

        _tier.Clear();
        Assert.Equal((0, 0), (_tier.Bytes, _tier.Count));
        Assert.All(Enumerable.Range(0, 500), i => Assert.False(_tier.TryPeek(s_scope.Entry($"key-{i}"), out _)));
        Assert.Same(Keep("after", 100), Found("after"));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var address = s_scope.Entry("account:42");
        _tier.Set(address, new Entry(address, 10));
        var tier = new LocalTier(Capacity, TimeProvider.System);
        tier.Set(address, new Entry(address, 10));
        var found = 0;
        long before = 0;
        for (var i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            found += tier.TryGet(address, out _) ? 1 : 0;
            found += _tier.TryGet(address, i, out _) ? 1 : 0;
            found += tier.TryPeek(address, out _) ? 1 : 0;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(6_000, found);
    }

    [Fact]
    public async Task Threads_that_keep_drop_and_find_at_once_stay_within_the_bound_and_never_find_anothers_entry()
    {
        // Fewer bytes than the addresses would take, so that there is always something to drop.
        var addresses = Enumerable.Range(0, 400).Select(static i => Address(i)).ToArray();
        var foreign = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
            () => Churn(thread), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Equal(0, foreign);
        var left = addresses.Where(address => _tier.TryPeek(address, out _)).ToArray();
        Assert.NotEmpty(left);
        Assert.Equal(left.Length, _tier.Count);
        Assert.Equal(left.Sum(address => _tier.TryPeek(address, out var entry) ? LocalTier.Cost(address, entry.Size) : 0), _tier.Bytes);
        Array.ForEach(left, address => Assert.True(_tier.Remove(address)));
        Assert.Equal((0, 0), (_tier.Bytes, _tier.Count));

        // Of two scopes, one new at each use: equal and not the same, as those of sessions are.
        static EntryAddress Address(int i) => (i % 2 == 0 ? s_scope : new EntryScope("shop", "session", "bank-a", "s")).Entry($"key-{i / 2}");

        void Churn(int thread)
        {
            var random = new Random(thread);
            for (var i = 0; i < 60_000; i++)
            {
                var address = Address(random.Next(addresses.Length));
                switch (random.Next(10_000))
                {
                    case 0:
                        _tier.Clear();
                        break;
                    case < 1_000:
                        _tier.Remove(address);
                        break;
                    case < 5_000:
                        _tier.Set(address, new Entry(address, random.Next(2_000)) { EndsAt = long.MaxValue });
                        break;
                    default:
                        foreign += _tier.TryGet(address, out var found) && ((Entry)found).Own != address ? 1 : 0;
                        break;
                }

                if (_tier.Bytes is < 0 or > Capacity)
                {
                    throw new InvalidOperationException("Out of bounds.");
                }
            }
        }
    }

    private Entry Keep(string key, int size)
    {
        var address = s_scope.Entry(key);
        var entry = new Entry(address, size);
        _tier.Set(address, entry);
        return entry;
    }

    private LocalEntry? Found(string key) => Found(s_scope.Entry(key));

    private LocalEntry? Found(EntryAddress address) => _tier.TryGet(address, out var entry) ? entry : null;

    private sealed class Entry : LocalEntry
    {
        private readonly int _size;

        public Entry(EntryAddress own, int size) => (Own, _size, EndsAt) = (own, size, long.MaxValue);

        public EntryAddress Own { get; }

        public override int Size => _size;
    }
}
