using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Caching;

/// <summary>
/// Several processes do whatever comes to their minds to a few keys, at once and with broken connections. Every value is written once, so each read can be
/// judged: what it answers must not have been replaced or invalidated before the read began.
/// </summary>
public sealed class InterleavingTests
{
    private const int Keys = 3;

    private static readonly string[] s_tags = ["red", "blue"];

    public static TheoryData<int, bool, bool> Seeds()
    {
        var data = new TheoryData<int, bool, bool>();
        for (var seed = 1; seed <= 6; seed++)
        {
            data.Add(seed, false, false);
            data.Add(seed, false, true);
            data.Add(seed, true, false);
            data.Add(seed, true, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Nobody_reads_what_was_replaced_or_invalidated_before(int seed, bool local, bool faults)
    {
        using var fleet = new Fleet(size: 3, time: TimeProvider.System);
        var run = new Run(fleet, seed, local, faults);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() => run.WorkAsync(worker, steps: 60)))).InTime();
        Assert.True(run.Hits > 20, $"Only {run.Hits} reads found anything.");
        Assert.Empty(run.Judge());
    }

    /// <summary>What happened, in the order of a clock that everybody shares.</summary>
    private sealed class Run
    {
        // Long enough that nothing ends by itself; so long that a local time never passes, and a change elsewhere would not be seen: local readers share one process.
        private static readonly CachePolicy s_shared = CachePolicy.For(TimeSpan.FromHours(1)) with { LeaseTime = TimeSpan.FromSeconds(1) };

        private static readonly AsyncLocal<StrongBox<bool>?> s_hit = new();

        private readonly ConcurrentQueue<Write> _writes = new();
        private readonly ConcurrentQueue<Invalidation> _invalidations = new();
        private readonly ConcurrentQueue<Read> _reads = new();
        private readonly Fleet _fleet;
        private readonly int _seed;
        private readonly bool _local;
        private long _now;
        private int _values;
        private int _hits;

        public Run(Fleet fleet, int seed, bool local, bool faults)
        {
            (_fleet, _seed, _local) = (fleet, seed, local);
            if (faults)
            {
                foreach (var (process, index) in fleet.Processes.Select(static (process, index) => (process, index)))
                {
                    var random = new Random((seed * 100) + index);
                    process.Store.Faults = _ =>
                    {
                        lock (random)
                        {
                            var fault = random.Next(12) switch
                            {
                                0 => Fault.BeforeItArrives,
                                1 => Fault.AfterItArrived,
                                _ => Fault.None,
                            };
                            if (fault != Fault.None && s_hit.Value is { } hit)
                            {
                                hit.Value = true;
                            }

                            return fault;
                        }
                    };
                }
            }
        }

        public int Hits => _hits;

        public async Task WorkAsync(int worker, int steps)
        {
            var random = new Random((_seed * 1000) + worker);

            // Where values are kept in memory, changes are seen at once by their own process only.
            var cache = _fleet[_local ? 0 : worker % 3].Stack;
            for (var step = 0; step < steps; step++)
            {
                var key = random.Next(Keys);
                var tag = key < s_tags.Length ? s_tags[key] : null;
                var policy = s_shared with { Tags = tag is null ? [] : [tag], LocalFor = _local && random.Next(3) > 0 ? TimeSpan.FromMinutes(1) : null };
                await StepAsync(cache, random.Next(100), key, tag, policy, random.Next(4));
            }
        }

        private async Task StepAsync(ICache cache, int choice, int key, string? tag, CachePolicy policy, int pause)
        {
            var name = $"{key}";
            switch (choice)
            {
                case < 40:
                    await ReadAsync(key, async () => await cache.GetOrCreateAsync(
                        name,
                        async _ =>
                        {
                            // Its value is known from when the factory begins: a change from then on beats it.
                            var write = Begin(key, tag, isMade: true);
                            await Task.Delay(pause);
                            return write.Value;
                        },
                        policy));
                    break;
                case < 65:
                    await ReadAsync(key, async () => await cache.TryGetAsync<int>(name, policy) is { Found: true } found ? found.Value : null);
                    break;
                case < 75:
                    var set = Begin(key, tag, isMade: false);
                    var stored = await cache.SetAsync(name, set.Value, policy);
                    set.End(Tick(), stored);
                    break;
                case < 80:
                    // Runs again when others are faster: each value is one of its own.
                    Write? last = null;
                    var updated = await cache.UpdateAsync<int>(name, _ => (last = Begin(key, tag, isMade: false)).Value, policy);
                    last?.End(Tick(), updated.Found);
                    break;
                case < 88:
                    await InvalidateAsync(write => write.Key == key, async () => await cache.RemoveAsync(name) != RemoveOutcome.Undelivered);
                    break;
                case < 92:
                    await InvalidateAsync(write => write.Key == key, async () => (await cache.RemoveManyAsync([name])).Count == 0);
                    break;
                case < 96:
                    var removed = s_tags[key % s_tags.Length];
                    await InvalidateAsync(write => string.Equals(write.Tag, removed, StringComparison.Ordinal), () => cache.RemoveByTagAsync(removed).AsTask());
                    break;
                default:
                    await InvalidateAsync(static _ => true, () => cache.ClearAsync().AsTask());
                    break;
            }
        }

        private long Tick() => Interlocked.Increment(ref _now);

        private Write Begin(int key, string? tag, bool isMade)
        {
            var write = new Write(Interlocked.Increment(ref _values), key, tag, isMade, Tick());
            _writes.Enqueue(write);
            return write;
        }

        private async Task ReadAsync(int key, Func<Task<int?>> read)
        {
            // Whose own look was broken cannot know what changed, and may be given what another is making.
            var hit = s_hit.Value = new StrongBox<bool>();
            var begun = Tick();
            if (await read() is { } value && !hit.Value)
            {
                _reads.Enqueue(new Read(key, value, begun));
                Interlocked.Increment(ref _hits);
            }
        }

        private async Task InvalidateAsync(Predicate<Write> reaches, Func<Task<bool>> invalidate)
        {
            var begun = Tick();
            if (await invalidate())
            {
                _invalidations.Enqueue(new Invalidation(reaches, begun, Tick()));
            }
        }

        /// <summary>The reads that answered what they must not have.</summary>
        public List<string> Judge()
        {
            var writes = _writes.ToDictionary(static write => write.Value);
            List<string> wrong = [];
            foreach (var read in _reads)
            {
                if (!writes.TryGetValue(read.Value, out var write) || write.Key != read.Key)
                {
                    wrong.Add($"{read} was never written there");
                    continue;
                }

                // An invalidation that began after the value had begun, and was through before the read began, beats it.
                if (_invalidations.Any(invalidation => invalidation.Reaches(write) && write.Begun < invalidation.Begun && EndOf(write) < invalidation.Begun && invalidation.Ended < read.Begun)
                    || (write.IsMade && _invalidations.Any(invalidation => invalidation.Reaches(write) && write.Begun < invalidation.Begun && invalidation.Ended < read.Begun)))
                {
                    wrong.Add($"{read} was invalidated before: {write}");
                }

                // So does a set that was stored meanwhile.
                if (_writes.Any(later => later.Key == read.Key && !later.IsMade && later.IsStored && write.Begun < later.Begun
                    && (write.IsMade || EndOf(write) < later.Begun) && later.Ended < read.Begun))
                {
                    wrong.Add($"{read} was replaced before: {write}");
                }
            }

            return wrong;
        }

        // A write that failed may still have arrived, at any time until its call ended; one without an end lost to others.
        private static long EndOf(Write write) => write.IsMade ? write.Begun : write.Ended;

        private sealed record Write(int Value, int Key, string? Tag, bool IsMade, long Begun)
        {
            public long Ended { get; private set; } = long.MaxValue;

            public bool IsStored { get; private set; }

            public void End(long at, bool stored) => (Ended, IsStored) = (at, stored);
        }

        private sealed record Invalidation(Predicate<Write> Reaches, long Begun, long Ended);

        private sealed record Read(int Key, int Value, long Begun);
    }
}
