using System.Collections.Concurrent;
using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>
/// Three processes at once, a server that now and then loses everything or all connections: no read finds what was superseded before it began. What
/// happened is written down with its beginning and its end, and judged afterwards.
/// </summary>
public sealed class FreshHistoryTests
{
    private const int Workers = 6;
    private const int Operations = 500;

    [Fact]
    public async Task No_read_finds_what_was_superseded_before_it_began()
    {
        using var server = new EmbeddedMemcached();
        var protection = new EphemeralDataProtectionProvider();
        DisturbedCache[] processes = [.. Enumerable.Range(0, 3).Select(_ => new DisturbedCache(server.Transport, TimeProvider.System, protection))];
        var history = new History();

        var workers = Enumerable.Range(0, Workers).Select(i => Task.Run(() => WorkAsync(processes[i % processes.Length].Fresh, history, new Random(i), server)));
        await Task.WhenAll(workers);

        Array.ForEach(processes, static process => process.Dispose());
        Assert.InRange(history.Reads.Count, 100, int.MaxValue);
        Assert.InRange(history.Reads.Select(read => read.Value).Distinct(StringComparer.Ordinal).Count(), 50, int.MaxValue);
        Assert.All(history.Reads, history.Judge);
    }

    private static async Task WorkAsync(IFreshStore store, History history, Random random, EmbeddedMemcached server)
    {
        var level = new EntryScope(CacheProcess.Prefix, "stack", "bank", "bank");
        EntryScope[] scopes = [level, level.WithView("v")];
        var cuts = 0L;
        for (var i = 0; i < Operations; i++)
        {
            if (cuts != history.Cuts)
            {
                // Who finds nobody twice is told so for a moment without being asked: then the work would be done before it began.
                cuts = history.Cuts;
                await Eventually.TrueAsync(async () => await store.GenerationsAsync(level) is not null);
            }

            var scope = scopes[random.Next(2)];
            var address = scope.Entry("k" + random.Next(2));
            string[] tags = [.. ((string[])["a", "b"]).Where(_ => random.Next(3) == 0)];
            var written = new Written(address, $"{Guid.NewGuid()}", tags);
            var write = FreshWords.Tagged(tags);
            var began = history.Now();
            switch (random.Next(100))
            {
                case < 45:
                    var entry = await store.ReadAsync<string>(address, FreshWords.Naming(tags));
                    history.Read(address, entry, began);
                    break;
                case < 55:
                    history.Wrote(written, began, await store.WriteAsync(address, written.Value, write));
                    break;
                case < 60:
                    history.Wrote(written, began, await store.WriteAsync(address, written.Value, write with { Condition = WriteCondition.IfAbsent }));
                    break;
                case < 65:
                    history.Superseded(one => one.Address == address, began, await store.RemoveAsync(address) != RemoveOutcome.Undelivered);
                    break;
                case < 69:
                    history.Superseded(one => scope.View.Length == 0 || one.Address.Scope.Equals(scope), began, await store.ClearAsync(scope));
                    break;
                case < 73:
                    history.Superseded(one => one.Tags.Contains("a", StringComparer.Ordinal), began, await store.RemoveByTagsAsync(scope, EntryTags.Of("a")));
                    break;
                case 73:
                    server.EvictAll();
                    history.Superseded(static _ => true, began, isDelivered: true);
                    break;
                case 74:
                    server.CloseConnections();
                    history.Cut();
                    break;
                default:
                    await MakeAsync(store, history, random, written, write);
                    break;
            }
        }
    }

    private static async Task MakeAsync(IFreshStore store, History history, Random random, Written written, EntryWrite write)
    {
        var began = history.Now();
        var came = await store.ReadOrLeaseAsync<string>(written.Address, FreshWords.Naming(random.Next(2) == 0 ? write.Tags : null), TimeSpan.FromSeconds(2));
        history.Read(written.Address, came, began);
        if (came.Lease is null)
        {
            return;
        }

        await using (came.Lease)
        {
            var making = history.Now();
            for (var i = random.Next(4); i > 0; i--)
            {
                await store.ReadAsync<string>(written.Address);
            }

            var storing = history.Now();
            var outcome = random.Next(8) == 0 ? WriteOutcome.NotStored : await came.Lease.StoreAsync(written.Value, write, came.Generations!);
            history.Wrote(written with { MadeFrom = making }, storing, outcome);
        }
    }

    private sealed record Written(EntryAddress Address, string Value, string[] Tags)
    {
        /// <summary>What begins later supersedes the value, because it is made of what was before; where it is not made of anything, what begins after it was written.</summary>
        public long? MadeFrom { get; init; }

        public long SupersededFrom { get; init; }
    }

    private sealed record Found(EntryAddress Address, string Value, long Began);

    private sealed record Supersession(Func<Written, bool> IsMeant, string? By, long Began, long Ended);

    private sealed class History
    {
        private readonly ConcurrentDictionary<string, Written> _written = new(StringComparer.Ordinal);
        private readonly ConcurrentQueue<Supersession> _supersessions = new();
        private long _now;
        private long _cuts;

        /// <summary>How often the connections were cut.</summary>
        public long Cuts => Volatile.Read(ref _cuts);

        public ConcurrentQueue<Found> Reads { get; } = new();

        public long Now() => Interlocked.Increment(ref _now);

        public void Cut() => Interlocked.Increment(ref _cuts);

        public void Read(EntryAddress address, in FreshEntry<string> entry, long began)
        {
            if (entry.Found)
            {
                Reads.Enqueue(new Found(address, entry.Value!, began));
            }
        }

        public void Wrote(Written written, long began, WriteOutcome outcome)
        {
            // Of a write that failed nobody knows when it took place, or whether.
            var ended = Now();
            _written[written.Value] = written with { SupersededFrom = written.MadeFrom ?? (outcome == WriteOutcome.Unavailable ? long.MaxValue : ended) };
            if (outcome == WriteOutcome.Stored)
            {
                _supersessions.Enqueue(new Supersession(one => one.Address == written.Address, written.Value, began, ended));
            }
        }

        public void Superseded(Func<Written, bool> isMeant, long began, bool isDelivered)
        {
            if (isDelivered)
            {
                _supersessions.Enqueue(new Supersession(isMeant, By: null, began, Now()));
            }
        }

        public void Judge(Found read)
        {
            var written = _written[read.Value];
            Assert.Equal(written.Address, read.Address);
            Assert.DoesNotContain(_supersessions, one =>
                one.Began > written.SupersededFrom && one.Ended < read.Began && !string.Equals(one.By, read.Value, StringComparison.Ordinal) && one.IsMeant(written));
        }
    }
}
