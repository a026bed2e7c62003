using System.Text;
using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Removals;

namespace Provider.Tests.Freshness;

/// <summary>What could not be removed or cleared must not be read again when the server is back.</summary>
public sealed class UndeliveredTests : IDisposable
{
    private static readonly EntryScope s_scope = new(CacheProcess.Prefix, "stack", "acme", "acme");
    private static readonly EntryAddress s_address = s_scope.Entry("key");
    private static readonly EntryAddress s_other = s_scope.Entry("other");

    private readonly EmbeddedMemcached _server = new();
    private readonly DisturbedCache _cache;

    public UndeliveredTests() => _cache = new DisturbedCache(_server.Transport, TimeProvider.System);

    private IFreshStore Fresh => _cache.Fresh;

    [Fact]
    public async Task A_removal_that_failed_tells_so_and_is_delivered_before_anything_is_read_again()
    {
        await Fresh.SetAsync(s_address, "value");
        await Fresh.SetAsync(s_other, "other");
        _cache.Store.Fail("remove", s_address.Wire());
        Assert.Equal(RemoveOutcome.Undelivered, await Fresh.RemoveAsync(s_address));

        // As long as it cannot be delivered, nothing is read, the other entry neither.
        Assert.Equal("Unavailable", await Fresh.SeeAsync(s_other));
        Assert.Equal("Unavailable", await Fresh.SeeAsync(s_address));
        _cache.Store.Before = null;

        Assert.Equal("other", await Fresh.SeeAsync(s_other));
        Assert.Equal("Miss", await Fresh.SeeAsync(s_address));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_clear_that_failed_tells_so_and_is_delivered_before_anything_is_read_again(bool all)
    {
        await Fresh.SetAsync(s_address, "value", "t");
        var generation = Encoding.ASCII.GetString(s_scope.GenerationKey(all ? "" : "tt"));
        _cache.Store.Before = (verb, key) => verb is "set" or "remove" && string.Equals(key, generation, StringComparison.Ordinal) ? throw new MemcachedTimeoutException("No reply.") : Task.CompletedTask;
        Assert.False(all ? await Fresh.ClearAsync(s_scope) : await Fresh.RemoveByTagsAsync(s_scope, EntryTags.Of("t")));
        Assert.Equal("Unavailable", await Fresh.SeeAsync(s_address, "t"));
        _cache.Store.Before = null;

        Assert.Equal("Outdated", await Fresh.SeeAsync(s_address, "t"));
        await Fresh.SetAsync(s_address, "new", "t");
        Assert.Equal("new", await Fresh.SeeAsync(s_address, "t"));
    }

    [Fact]
    public async Task What_is_remembered_is_delivered_once()
    {
        await Fresh.SetAsync(s_address, "value");
        _cache.Store.Fail("remove", s_address.Wire());
        await Fresh.RemoveAsync(s_address);
        _cache.Store.Before = null;
        Assert.Equal("Miss", await Fresh.SeeAsync(s_address));

        await Fresh.SetAsync(s_address, "again");

        Assert.Equal("again", await Fresh.SeeAsync(s_address));
        Assert.Equal("again", await Fresh.SeeAsync(s_address));
    }

    [Fact]
    public async Task Where_faults_are_thrown_it_is_remembered_too()
    {
        await Fresh.SetAsync(s_address, "value");
        _cache.Options.OnFailure = OnFailure.Throw;
        _cache.Store.Fail("remove", s_address.Wire());
        await Assert.ThrowsAsync<MemcachedUndeliveredException>(async () => await Fresh.RemoveAsync(s_address));
        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await Fresh.ReadAsync<string>(s_address));
        _cache.Store.Before = null;

        Assert.Equal("Miss", await Fresh.SeeAsync(s_address));
    }

    [Fact]
    public async Task Too_many_removals_become_a_clear_of_their_scope()
    {
        await Fresh.SetAsync(s_address, "value");
        await Fresh.SetAsync(s_other, "other");
        _cache.Store.Before = static (verb, _) => verb is "remove" or "removes" ? throw new MemcachedTimeoutException("No reply.") : Task.CompletedTask;
        await FillJournalAsync();
        Assert.Equal(RemoveOutcome.Undelivered, await Fresh.RemoveAsync(s_address));
        _cache.Store.Before = null;

        // The other was not removed: it goes with its scope, which is what can be promised of so many.
        Assert.Equal("Outdated", await Fresh.SeeAsync(s_address));
        Assert.Equal("Outdated", await Fresh.SeeAsync(s_other));
    }

    [Fact]
    public async Task A_clear_finds_room_when_removals_do_not_any_more()
    {
        await Fresh.SetAsync(s_address, "value");
        _cache.Store.Before = static (verb, _) => verb is "remove" or "removes" or "set" ? throw new MemcachedTimeoutException("No reply.") : Task.CompletedTask;
        await FillJournalAsync();
        Assert.False(await Fresh.ClearAsync(s_scope));
        _cache.Store.Before = null;

        Assert.Equal("Outdated", await Fresh.SeeAsync(s_address));
    }

    [Fact]
    public async Task A_write_that_failed_does_not_leave_the_former_value_to_be_read()
    {
        await Fresh.SetAsync(s_address, "former");
        _cache.Store.Fail("set", s_address.Wire());
        Assert.Equal(WriteOutcome.Unavailable, await Fresh.WriteAsync(s_address, "value", new EntryWrite()));
        _cache.Store.Before = null;

        Assert.Equal("Miss", await Fresh.SeeAsync(s_address));
    }

    [Fact]
    public async Task A_conditional_write_that_failed_changes_nothing()
    {
        await Fresh.SetAsync(s_address, "former");
        var entry = await Fresh.ReadAsync<string>(s_address);
        _cache.Store.Fail("set", s_address.Wire());
        var write = new EntryWrite { Condition = WriteCondition.IfVersion, Version = entry.Version };
        Assert.Equal(WriteOutcome.Unavailable, await Fresh.WriteAsync(s_address, "value", write, entry.Generations));
        _cache.Store.Before = null;

        Assert.Equal("former", await Fresh.SeeAsync(s_address));
    }

    [Fact]
    public async Task Readers_wait_for_one_attempt_together()
    {
        await Fresh.SetAsync(s_address, "value");
        await Fresh.SetAsync(s_other, "other");
        _cache.Store.Fail("remove", s_address.Wire());
        await Fresh.RemoveAsync(s_address);
        var (hangs, attempts) = (new TaskCompletionSource(), 0);
        _cache.Store.Before = (verb, _) =>
        {
            if (verb is not "remove")
            {
                return Task.CompletedTask;
            }

            attempts++;
            return hangs.Task;
        };
        var readers = Enumerable.Range(0, 10).Select(_ => Fresh.SeeAsync(s_other)).ToArray();
        Assert.DoesNotContain(readers, static reader => reader.IsCompleted);

        hangs.SetResult();

        Assert.All(await Task.WhenAll(readers).InTime(), static seen => Assert.Equal("other", seen));
        Assert.Equal(1, attempts);
        Assert.Equal("Miss", await Fresh.SeeAsync(s_address));
    }

    // Of another scope.
    private async Task FillJournalAsync()
    {
        var scope = new EntryScope(CacheProcess.Prefix, "stack", "other", "other");
        EntryAddress[] addresses = [.. Enumerable.Range(0, RemovalJournal.Capacity - RemovalJournal.Reserve).Select(i => scope.Entry("more" + i))];
        Assert.All(await _cache.Sealed.RemoveManyAsync(addresses), static outcome => Assert.Equal(RemoveOutcome.Undelivered, outcome));
    }

    public void Dispose()
    {
        _cache.Dispose();
        _server.Dispose();
    }
}
