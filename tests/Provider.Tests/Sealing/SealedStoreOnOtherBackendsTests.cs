using System.Text;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class SealedStoreOnMemoryDistributedCacheTests : SealedStoreOnAnyBackend
{
    private readonly IDistributedCache _other = MemoryCaches.Create();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(_other, configure: configure);
}

public sealed class SealedStoreOnAnotherVendorsCacheTests : SealedStoreOnAnyBackend
{
    private readonly VendorCache _other = new();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(_other, configure: configure);

    [Fact]
    public async Task Nothing_that_it_is_given_can_be_read_or_tells_the_key()
    {
        await Store.WriteAsync(Scope.Entry("secret-key"), "a value that nobody may read", Addresses.Sliding(TimeSpan.FromMinutes(1)));
        await Store.WriteManyAsync([KeyValuePair.Create(Scope.Entry("secret-key-2"), "a value that nobody may read")], new EntryWrite());
        await Store.ReadAsync<string>(Scope.Entry("secret-key"));
        await Store.RemoveAsync(Scope.Entry("secret-key"));

        Assert.Equal("set set get get remove", _other.Verbs);
        Assert.All(_other.Calls, call =>
        {
            Assert.StartsWith(CacheProcess.Prefix, call.Key, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-key", call.Key, StringComparison.Ordinal);
            Assert.Matches("^[!-~]{1,200}$", call.Key);
            Assert.Equal(-1, (call.Value ?? []).AsSpan().IndexOf("nobody may read"u8));
        });
    }

    [Fact]
    public async Task What_it_hands_out_under_another_key_or_changed_is_no_hit()
    {
        await Store.WriteAsync(Address, "mine", new EntryWrite());
        var stored = _other.Stored(Encoding.ASCII.GetString(Address.Wire()))!;
        _other.Plant(Encoding.ASCII.GetString(Scope.Entry("other").Wire()), stored);
        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<string>(Scope.Entry("other"))).Outcome);

        stored[^1] ^= 1;
        Assert.Equal(ReadOutcome.Unopenable, (await Store.ReadAsync<string>(Address)).Outcome);
    }

    [Theory]
    [InlineData("at once")]
    [InlineData("all")]
    [InlineData("late")]
    [InlineData("cancelling")]
    public async Task While_it_fails_reads_miss_writes_drop_and_nothing_is_thrown_or_told_of_keys(string how)
    {
        _other.Failing = how;

        Assert.Equal(ReadOutcome.Unavailable, (await Store.ReadAsync<int>(Address)).Outcome);
        Assert.Equal(ReadOutcome.Unavailable, (await Store.ReadManyAsync<int>([Address, Scope.Entry("b")]))[1].Outcome);
        Assert.Equal(WriteOutcome.Unavailable, await Store.WriteAsync(Address, 1, new EntryWrite()));
        Assert.Equal(WriteOutcome.Unavailable, Assert.Single(await Store.WriteManyAsync([KeyValuePair.Create(Address, 1)], new EntryWrite())));
        Assert.Equal(RemoveOutcome.Undelivered, await Store.RemoveAsync(Address));
        Assert.Equal(RemoveOutcome.Undelivered, Assert.Single(await Store.RemoveManyAsync([Address])));
        await Store.RefreshAsync(Address);

        var wireKey = Encoding.ASCII.GetString(Address.Wire());
        Assert.Contains(Process.Log.Lines, line => line.Id == 1200);
        Assert.DoesNotContain(Process.Log.Lines, line => line.Text.Contains(wireKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_are_thrown_where_the_options_say_so_without_the_vendors_words()
    {
        using var throwing = Start(options => options.OnFailure = OnFailure.Throw);
        _other.Failing = "all";

        var fault = await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await throwing.Sealed.ReadAsync<int>(Address));

        Assert.Contains(nameof(InvalidOperationException), fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.ASCII.GetString(Address.Wire()), fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WriteCondition.IfAbsent)]
    [InlineData(WriteCondition.IfPresent)]
    [InlineData(WriteCondition.IfVersion)]
    public async Task What_would_have_to_be_atomic_is_refused_counted_and_told(WriteCondition condition)
    {
        await Store.WriteAsync(Scope.Entry("there"), 1, new EntryWrite());
        var write = new EntryWrite { Condition = condition };

        Assert.Equal(WriteOutcome.Unavailable, await Store.WriteAsync(Address, 2, write));
        Assert.Equal(WriteOutcome.Unavailable, await Store.WriteAsync(Scope.Entry("there"), 2, write));
        Assert.Equal(WriteOutcome.Unavailable, Assert.Single(await Store.WriteManyAsync([KeyValuePair.Create(Address, 2)], write)));
        Assert.Null(await Store.AddToCounterAsync(Address, 1));

        Assert.Equal("set", _other.Verbs);
        Assert.Equal(4, Process.Counts["scopedcaching.faults"]);
        Assert.Contains(Process.Log.Lines, line => line.Id == 1200 && line.Text.Contains("CompareAndSwap", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verified_writes_are_read_back()
    {
        using var verifying = Start(options => options.VerifyWrites = true);

        Assert.Equal(WriteOutcome.Stored, await verifying.Sealed.WriteAsync(Address, 1, Addresses.For(TimeSpan.FromMinutes(1))));

        Assert.Equal("set get", _other.Verbs);
    }

    [Fact]
    public async Task A_write_without_acknowledgement_is_not_waited_for_and_arrives()
    {
        var gate = new TaskCompletionSource();
        _other.Gate = gate.Task;
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 1, new EntryWrite { FireAndForget = true }));
        gate.SetResult();

        await Eventually.TrueAsync(async () => (await Store.ReadAsync<int>(Address)).Value == 1);
    }

    [Fact]
    public async Task A_write_without_acknowledgement_that_fails_is_counted()
    {
        _other.Failing = "all";
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 1, new EntryWrite { FireAndForget = true }));

        await Eventually.TrueAsync(() => Process.Counts["scopedcaching.faults"] == 1);
    }
}

public sealed class SealedStoreOnAStoreOfOnesOwnTests : SealedStoreOnAnyBackend
{
    private readonly DictionaryStore _own = new();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => new(
        options =>
        {
            options.Backend = "mine";
            configure?.Invoke(options);
        },
        add: services => services.AddKeyedSingleton<ICacheStore>("mine", _own));

    [Fact]
    public async Task What_it_stores_is_sealed()
    {
        await Store.WriteAsync(Address, "a value that nobody may read", new EntryWrite());

        Assert.Equal(-1, Assert.Single(_own.Items).Value.Bytes.AsSpan().IndexOf("nobody may read"u8));
    }
}
