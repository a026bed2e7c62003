using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Faults;

/// <summary>Removals that could not be delivered: whatever becomes of them is told, and they are honoured once the server is back with its old data.</summary>
public sealed class RemovalFaultTests(SharedMemcached shared) : IClassFixture<SharedMemcached>, IDisposable
{
    private static readonly EntryWrite s_write = new() { Life = new EntryLife(TimeSpan.FromHours(1)) };

    private readonly FaultProxy _proxy = new(shared.Server.EndPoint);
    private readonly EntryScope _scope = Addresses.UniqueScope();

    [Fact]
    public async Task The_removal_of_several_tags_is_honoured_for_each_of_them_also_where_the_first_failure_is_thrown()
    {
        using var process = Start(OnFailure.Throw);
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

    public void Dispose() => _proxy.Dispose();

    /// <summary>Whether it is found, once the server can be asked.</summary>
    private async Task<bool> FindsAsync(CacheProcess process, string key)
    {
        var found = false;
        await Provider.Tests.Doubles.Eventually.TrueAsync(async () =>
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

    private CacheProcess Start(OnFailure onFailure) => new(options =>
    {
        options.Servers = [MemcachedEndpoint.Tcp(_proxy.Host, _proxy.Port)];
        options.OnFailure = onFailure;
        options.Timeout = TimeSpan.FromSeconds(5);
    });
}
