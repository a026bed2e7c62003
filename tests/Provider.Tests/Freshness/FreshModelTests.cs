using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>Whatever three processes do to one server, in whatever order, and whatever it loses: reads answer what the model allows.</summary>
public sealed class FreshModelTests
{
    private const int Steps = 400;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Random_interleavings_agree_with_the_model(int seed)
    {
        using var world = new World(new Random(seed));
        for (var step = 0; step < Steps; step++)
        {
            try
            {
                await world.StepAsync();
            }
            catch (Exception wrong)
            {
                Assert.Fail($"Seed {seed}, step {step}, after: {string.Join(" · ", world.Log.TakeLast(60))}\n{wrong}");
            }
        }

        await world.EndAsync();
        Assert.InRange(world.Model.Expectations, 10, int.MaxValue);
    }

    private sealed class World : IDisposable
    {
        private static readonly string[] s_tags = ["a", "b", "c"];
        private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(5);
        private readonly Random _random;
        private readonly FakeClock _clock = new();
        private readonly EmbeddedMemcached _server;
        private readonly DisturbedCache[] _processes;
        private readonly EntryScope[] _scopes;
        private readonly (int Weight, Func<Task> Act)[] _acts;
        private readonly HashSet<int> _cut = [];
        private bool _usesCutConnection;
        private int _made;

        public World(Random random)
        {
            _random = random;
            _server = new EmbeddedMemcached(timeProvider: _clock);
            var protection = new EphemeralDataProtectionProvider();
            _processes = [.. Enumerable.Range(0, 3).Select(_ => new DisturbedCache(_server.Transport, _clock, protection))];
            var level = Addresses.Scope();
            _scopes = [level, level.WithView("v"), level.WithView("w")];
            _acts =
            [
                (30, ReadAsync), (6, ReadManyAsync), (16, SetAsync), (6, RemoveAsync), (3, ClearAsync), (4, RemoveByTagsAsync), (16, ComeAsync),
                (14, FinishAsync), (3, AbandonAsync), (6, () => SetIfAsync(WriteCondition.IfAbsent)), (6, () => SetIfAsync(WriteCondition.IfPresent)),
                (3, TouchAsync), (3, LoseOneAsync), (1, EvictAsync), (2, DisconnectAsync), (3, WaitAsync),
            ];
        }

        public FreshModel Model { get; } = new();

        public List<string> Log { get; } = [];

        private IFreshStore Any
        {
            get
            {
                var number = _random.Next(_processes.Length);
                _usesCutConnection = _cut.Remove(number);
                return _processes[number].Fresh;
            }
        }

        private EntryAddress AnyAddress => _scopes[_random.Next(_scopes.Length)].Entry("k" + _random.Next(2));

        private string[] AnyTags => [.. s_tags.Where(_ => _random.Next(4) == 0)];

        public void Dispose()
        {
            Array.ForEach(_processes, static process => process.Dispose());
            _server.Dispose();
        }

        public Task StepAsync()
        {
            var at = _random.Next(_acts.Sum(act => act.Weight));
            return _acts.First(act => (at -= act.Weight) < 0).Act();
        }

        public async Task EndAsync()
        {
            foreach (var lease in Model.Leases)
            {
                await lease.Lease.DisposeAsync();
            }
        }

        private async Task ReadAsync()
        {
            var address = AnyAddress;
            var entry = await Any.ReadAsync<string>(address, FreshWords.Naming(AnyTags));
            Tell("read", address, entry.Found ? entry.Value : entry.Outcome);
            DoubtIf(entry.Outcome == ReadOutcome.Unavailable);
            Model.Read(address, entry);
        }

        private async Task ReadManyAsync()
        {
            var scope = _scopes[_random.Next(_scopes.Length)];
            EntryAddress[] addresses = [scope.Entry("k0"), scope.Entry("k1"), scope.Entry("k0")];
            var entries = await Any.ReadManyAsync<string>(addresses, FreshWords.Naming(AnyTags));
            DoubtIf(entries.Any(entry => entry.Outcome == ReadOutcome.Unavailable));
            for (var i = 0; i < addresses.Length; i++)
            {
                Tell("read of many", addresses[i], entries[i].Found ? entries[i].Value : entries[i].Outcome);
                Model.Read(addresses[i], entries[i]);
            }
        }

        private async Task SetAsync()
        {
            var (address, value) = (AnyAddress, NewValue());
            var outcome = await Any.WriteAsync(address, value.Text, Writing(value));
            Tell("set", address, value.Text, outcome);
            if (outcome == WriteOutcome.Stored)
            {
                Model.Stored(address, value, isCertain: true);
            }
            else
            {
                Assert.Equal(WriteOutcome.Unavailable, outcome);
                Model.PerhapsStored(address, value);
                Model.Doubted();
            }
        }

        private async Task SetIfAsync(WriteCondition condition)
        {
            var (address, value) = (AnyAddress, NewValue());
            var outcome = await Any.WriteAsync(address, value.Text, Writing(value) with { Condition = condition });
            Tell(condition, address, value.Text, outcome);
            if (outcome == WriteOutcome.Stored)
            {
                Assert.False(condition == WriteCondition.IfAbsent && Model.IsCertain(address), "Something was added over an entry that was there.");
                Assert.False(condition == WriteCondition.IfPresent && !Model.MayBeThere(address), "Something replaced an entry that did not count.");
                Model.Stored(address, value, isCertain: true);
            }
            else if (outcome == WriteOutcome.Unavailable)
            {
                Model.PerhapsStored(address, value);
                Model.Doubted();
            }
            else
            {
                Assert.False(condition == WriteCondition.IfAbsent && !Model.MayBeThere(address), "Nothing was added although nothing counted.");
                Assert.False(condition == WriteCondition.IfPresent && Model.IsCertain(address), "An entry that was there was not replaced.");
            }
        }

        private async Task TouchAsync()
        {
            var address = AnyAddress;
            var outcome = await Any.TouchAsync(address, new EntryWrite { FreshFor = TimeSpan.FromSeconds(1) });
            Tell("touch", address, outcome);
            DoubtIf(outcome == WriteOutcome.Unavailable);
            Assert.False(outcome == WriteOutcome.Stored && !Model.MayBeThere(address), "An entry that did not count was touched.");
            Assert.False(outcome == WriteOutcome.NotStored && Model.IsCertain(address), "An entry that was there was not touched.");
        }

        private async Task RemoveAsync()
        {
            var address = AnyAddress;
            var outcome = await Any.RemoveAsync(address);
            Tell("remove", address, outcome);
            DoubtIf(outcome == RemoveOutcome.Undelivered);

            // Who could not look, and has removed something, takes it for an entry.
            Assert.False(outcome == RemoveOutcome.Removed && !Model.MayBeThere(address) && !_usesCutConnection, "An entry that did not count was said to have been removed.");
            Assert.False(outcome == RemoveOutcome.NotFound && Model.IsCertain(address), "An entry that was there was said to be none.");
            if (outcome != RemoveOutcome.Undelivered)
            {
                Model.Gone(address);
            }
        }

        private async Task ClearAsync()
        {
            var scope = _scopes[_random.Next(_scopes.Length)];
            var isDelivered = await Any.ClearAsync(scope);
            Tell("clear", scope.View, isDelivered);
            DoubtIf(!isDelivered);
            if (isDelivered)
            {
                Model.Outdated(address => scope.View.Length == 0 || address.Scope.Equals(scope));
            }
        }

        private async Task RemoveByTagsAsync()
        {
            string[] tags = [s_tags[_random.Next(s_tags.Length)], s_tags[_random.Next(s_tags.Length)]];
            var isDelivered = await Any.RemoveByTagsAsync(_scopes[_random.Next(_scopes.Length)], EntryTags.Of(tags));
            Tell("remove tags", string.Join('+', tags), isDelivered);
            DoubtIf(!isDelivered);
            if (isDelivered)
            {
                Array.ForEach(tags, Model.TagGone);
            }
        }

        private async Task ComeAsync()
        {
            var address = AnyAddress;
            var entry = await Any.ReadOrLeaseAsync<string>(address, FreshWords.Naming(AnyTags), s_lease);
            Tell("come", address, entry.Found ? entry.Value : entry.Lease is not null ? "won" : entry.IsLeased ? "leased" : entry.Outcome);
            DoubtIf(entry.Outcome == ReadOutcome.Unavailable);
            Model.Read(address, entry);
            var lease = entry.Lease;
            if (entry.Outcome == ReadOutcome.Stale && _random.Next(2) == 0)
            {
                lease = await Any.LeaseAsync(address, entry.Version, s_lease);
                Tell("lease on stale", address, lease is not null);
            }

            if (lease is not null)
            {
                Model.Leased(new ModelLease(address, lease, entry.Generations!));
            }
        }

        private async Task FinishAsync()
        {
            if (Model.Leases.Count == 0)
            {
                return;
            }

            var (lease, value) = (Model.Leases[_random.Next(Model.Leases.Count)], NewValue());
            var outcome = await lease.Lease.StoreAsync(value.Text, Writing(value), lease.Generations);
            Tell("finish", lease.Address, value.Text, outcome);
            DoubtIf(outcome == WriteOutcome.Unavailable);
            Model.Finished(lease, value, outcome);
            await lease.Lease.DisposeAsync();
        }

        private async Task AbandonAsync()
        {
            if (Model.Leases.Count > 0)
            {
                var lease = Model.Leases[_random.Next(Model.Leases.Count)];
                Tell("abandon", lease.Address);
                await lease.Lease.DisposeAsync();
                Model.Released(lease);
            }
        }

        /// <summary>The server evicts one item: an entry, a placeholder, or an id.</summary>
        private async Task LoseOneAsync()
        {
            Model.Doubted();
            var client = _processes[0].Client;
            try
            {
                switch (_random.Next(4))
                {
                    case 0:
                        var address = AnyAddress;
                        Tell("lose", address);
                        await client.DeleteAsync(address.Wire());
                        Model.Gone(address);
                        break;
                    case 1:
                        Tell("lose the level");
                        await client.DeleteAsync(_scopes[0].GenerationKey());
                        Model.Outdated(static _ => true);
                        break;
                    case 2:
                        Tell("lose view v");
                        await client.DeleteAsync(_scopes[0].GenerationKey("vv"));
                        Model.Outdated(static lost => lost.Scope.View is "v");
                        break;
                    default:
                        var tag = s_tags[_random.Next(s_tags.Length)];
                        if (Model.Leases.Any(lease => lease.GoneTags.Contains(tag)))
                        {
                            // An id that was written while a value was made, and lost before it is finished, leaves nothing to notice it by.
                            break;
                        }

                        Tell("lose tag", tag);
                        await client.DeleteAsync(_scopes[0].GenerationKey("t" + tag));
                        Model.TagLost(tag);
                        break;
                }
            }
            catch (MemcachedException)
            {
                // Not lost, then; what the model takes for lost is only expected less.
                Tell("not lost");
            }
        }

        private Task EvictAsync()
        {
            Tell("evict all");
            _server.EvictAll();
            Model.Forgotten();
            return Task.CompletedTask;
        }

        private Task DisconnectAsync()
        {
            Tell("disconnect");
            _server.CloseConnections();
            _cut.UnionWith(Enumerable.Range(0, _processes.Length));
            Model.Doubted();
            return Task.CompletedTask;
        }

        private Task WaitAsync()
        {
            var time = TimeSpan.FromMilliseconds(_random.Next(3000));
            Tell("wait", time);
            _clock.Advance(time);
            return Task.CompletedTask;
        }

        private void DoubtIf(bool failed)
        {
            if (failed)
            {
                Model.Doubted();
            }
        }

        private ModelValue NewValue() => new($"{++_made}", AnyTags);

        private EntryWrite Writing(ModelValue value) =>
            FreshWords.Tagged(value.Tags) with { FreshFor = _random.Next(3) == 0 ? TimeSpan.FromSeconds(1 + _random.Next(3)) : null };

        private void Tell(params object?[] words) => Log.Add(string.Join(' ', words.Select(word => word is EntryAddress address ? address.Scope.View + "/" + address.Key : word)));
    }
}
