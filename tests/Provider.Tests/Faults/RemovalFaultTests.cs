using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Faults;

/// <summary>Removals that could not be delivered: whatever becomes of them is told, and they are honoured once the server is back with its old data.</summary>
public sealed class RemovalFaultTests(SharedMemcached shared) : IClassFixture<SharedMemcached>, IDisposable
{
    private static readonly EntryWrite s_write = new() { Life = new EntryLife(TimeSpan.FromHours(1)) };

    private readonly FaultProxy _proxy = new(shared.Server.EndPoint);
    private readonly MemoryKeyRing _keys = new();
    private readonly EntryScope _scope = Addresses.UniqueScope();

    [Fact]
    public async Task The_removal_of_several_tags_is_honoured_for_each_of_them_also_where_the_first_failure_is_thrown()
    {
        using var process = Start(OnFailure.Throw, TimeSpan.FromSeconds(5));
        string[] tags = ["one", "two", "three"];
        foreach (var tag in tags)
        {
            await process.Fresh.WriteAsync(_scope.Entry(tag), tag, s_write with { Tags = EntryTags.Of(tag) });
            Assert.True((await process.Fresh.ReadAsync<string>(_scope.Entry(tag))).Found);
        }

        _proxy.Refuse();
        _proxy.Cut(resets: true);
        await Assert.ThrowsAnyAsync<MemcachedException>(async () => await process.Fresh.RemoveByTagsAsync(_scope, EntryTags.Of(tags)));
        _proxy.Heal();

        foreach (var tag in tags)
        {
            Assert.False(await FindsAsync(process, tag), tag);
        }
    }

    [Theory]
    [InlineData(Outage.Refused)]
    [InlineData(Outage.Stalled)]
    [InlineData(Outage.HalfOpen)]
    [InlineData(Outage.RepliesLost)]
    public async Task A_removal_while_the_server_cannot_be_reached_is_honoured_when_it_is_back_with_its_old_data(Outage outage)
    {
        using var process = Start(OnFailure.Miss, TimeSpan.FromMilliseconds(200));
        using var other = new CacheProcess(options => options.Servers = [MemcachedEndpoint.Tcp(shared.Server.Host, shared.Server.Port)], keys: _keys);
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => $"key{i}")];
        foreach (var key in keys)
        {
            Assert.Equal(WriteOutcome.Stored, await process.Fresh.WriteAsync(_scope.Entry(key), "old", s_write));
            Assert.True((await other.Fresh.ReadAsync<string>(_scope.Entry(key))).Found);
        }

        Begin(outage);
        var outcomes = await Task.WhenAll(keys.Select(key => process.Fresh.RemoveAsync(_scope.Entry(key)).AsTask()));
        Assert.All(outcomes, outcome => Assert.Equal(RemoveOutcome.Undelivered, outcome));
        _proxy.Heal();

        // Not once, however soon it is asked, and in the end for nobody.
        foreach (var key in keys)
        {
            Assert.False(await FindsAsync(process, key), key);
        }

        foreach (var key in keys)
        {
            Assert.False((await other.Fresh.ReadAsync<string>(_scope.Entry(key))).Found, key);
        }
    }

    [Theory]
    [InlineData(Outage.Refused)]
    [InlineData(Outage.Stalled)]
    [InlineData(Outage.RepliesLost)]
    public async Task A_clear_while_the_server_cannot_be_reached_is_honoured_when_it_is_back_with_its_old_data(Outage outage)
    {
        using var process = Start(OnFailure.Miss, TimeSpan.FromMilliseconds(200));
        string[] keys = ["one", "two", "three"];
        foreach (var key in keys)
        {
            Assert.Equal(WriteOutcome.Stored, await process.Fresh.WriteAsync(_scope.Entry(key), "old", s_write));
        }

        Begin(outage);
        Assert.False(await process.Fresh.ClearAsync(_scope));
        _proxy.Heal();

        foreach (var key in keys)
        {
            Assert.False(await FindsAsync(process, key), key);
        }
    }

    [Fact]
    public async Task What_is_written_after_a_removal_that_was_made_up_for_stays()
    {
        using var process = Start(OnFailure.Miss, TimeSpan.FromMilliseconds(200));
        await process.Sealed.WriteAsync(_scope.Entry("key"), "old", s_write);
        Begin(Outage.Refused);
        Assert.Equal(RemoveOutcome.Undelivered, await process.Sealed.RemoveAsync(_scope.Entry("key")));
        _proxy.Heal();

        await Eventually.TrueAsync(async () => await process.Sealed.WriteAsync(_scope.Entry("key"), "new", s_write) == WriteOutcome.Stored);
        for (var i = 0; i < 100; i++)
        {
            var entry = await process.Sealed.ReadAsync<string>(_scope.Entry("key"));
            Assert.Equal("new", entry.Value);
        }
    }

    public enum Outage
    {
        Refused,
        Stalled,
        HalfOpen,
        RepliesLost,
    }

    public void Dispose() => _proxy.Dispose();

    private void Begin(Outage outage)
    {
        switch (outage)
        {
            case Outage.Refused:
                _proxy.Refuse();
                _proxy.Cut(resets: true);
                break;
            case Outage.Stalled:
                _proxy.Requests.Fault = Fault.Stall();
                break;
            case Outage.HalfOpen:
                _proxy.Requests.Fault = Fault.Lose();
                break;
            default:
                _proxy.Replies.Fault = Fault.Lose();
                break;
        }
    }

    /// <summary>Whether it is found, once the server can be asked.</summary>
    private async Task<bool> FindsAsync(CacheProcess process, string key)
    {
        var found = false;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                var entry = await process.Fresh.ReadAsync<string>(_scope.Entry(key));
                found = entry.Found;
                return entry.Outcome != ReadOutcome.Unavailable;
            }
            catch (MemcachedException)
            {
                return false;
            }
        });
        return found;
    }

    private CacheProcess Start(OnFailure onFailure, TimeSpan timeout) => new(
        options =>
        {
            options.Servers = [MemcachedEndpoint.Tcp(_proxy.Host, _proxy.Port)];
            options.OnFailure = onFailure;
            (options.Timeout, options.ConnectTimeout) = (timeout, TimeSpan.FromSeconds(1));
        },
        keys: _keys);
}
