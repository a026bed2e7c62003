using Provider.Tests.Doubles;
using Provider.Tests.Freshness;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>One of several servers does not answer: what stands on the others is read as ever.</summary>
public sealed class UnavailableServerTests : IDisposable
{
    private readonly EmbeddedServers _servers = new();
    private readonly EntryScope _scope = Addresses.UniqueScope();

    public void Dispose() => _servers.Dispose();

    [Fact]
    public async Task Of_many_entries_those_of_a_dead_server_are_unavailable_and_the_others_are_hits()
    {
        using var process = CacheProcess.On(_servers.Endpoints);
        var (addresses, isDead) = await FillAsync(process);

        var entries = await process.Sealed.ReadManyAsync<int>(addresses);

        Assert.Equal(isDead.Select(static dead => dead ? ReadOutcome.Unavailable : ReadOutcome.Hit), entries.Select(static entry => entry.Outcome));
        Assert.Equal(1, process.Counts["scopedcaching.faults"]);
        var outcomes = await process.Sealed.WriteManyAsync([.. addresses.Select(static address => KeyValuePair.Create(address, 2))], new EntryWrite());
        Assert.Equal(isDead.Select(static dead => dead ? WriteOutcome.Unavailable : WriteOutcome.Stored), outcomes);
    }

    [Fact]
    public async Task Of_many_removals_those_on_a_dead_server_are_undelivered_and_the_others_take_place()
    {
        using var process = CacheProcess.On(_servers.Endpoints);
        var (addresses, isDead) = await FillAsync(process);

        var outcomes = await process.Sealed.RemoveManyAsync(addresses);

        Assert.Equal(isDead.Select(static dead => dead ? RemoveOutcome.Undelivered : RemoveOutcome.Removed), outcomes);
    }

    [Fact]
    public async Task Asked_to_throw_a_read_of_many_throws_for_one_dead_server()
    {
        using var process = CacheProcess.On(_servers.Endpoints, configure: static options => options.OnFailure = OnFailure.Throw);
        var (addresses, isDead) = await FillAsync(process);

        await Assert.ThrowsAsync<MemcachedConnectionException>(async () => await process.Sealed.ReadManyAsync<int>(addresses));
        Assert.Equal(1, (await process.Sealed.ReadAsync<int>(addresses[Array.IndexOf(isDead, false)])).Value);
    }

    [Fact]
    public async Task Of_many_entries_with_generations_those_of_a_dead_server_are_unavailable_and_the_others_are_hits()
    {
        using var process = CacheProcess.On(_servers.Endpoints);
        var generation = _servers.IndexOf(process.Wire.ServerOf(_scope.GenerationKey()));
        EntryAddress[] addresses = [.. Enumerable.Range(0, 30).Select(number => _scope.Entry($"account:{number}"))];
        foreach (var address in addresses)
        {
            await process.Fresh.SetAsync(address, "value");
        }

        var dead = (generation + 1) % 3;
        _servers[dead].Dispose();
        var entries = await process.Fresh.ReadManyAsync<string>(addresses);

        Assert.Equal(
            addresses.Select(address => _servers.IndexOf(process.Wire.ServerOf(address.Wire())) == dead ? ReadOutcome.Unavailable : ReadOutcome.Hit),
            entries.Select(static entry => entry.Outcome));
        Assert.Contains(entries, static entry => entry.Outcome == ReadOutcome.Hit);
    }

    [Fact]
    public async Task Entries_whose_generation_stands_on_a_dead_server_miss_even_when_their_own_server_answers()
    {
        using var process = CacheProcess.On(_servers.Endpoints, configure: static options => options.OnDeadServer = OnDeadServer.NextServer);
        EntryAddress[] addresses = [.. Enumerable.Range(0, 30).Select(number => _scope.Entry($"account:{number}"))];
        foreach (var address in addresses)
        {
            await process.Fresh.SetAsync(address, "value");
        }

        _servers[_servers.IndexOf(process.Wire.ServerOf(_scope.GenerationKey()))].Dispose();

        foreach (var address in addresses)
        {
            Assert.NotEqual(ReadOutcome.Hit, (await process.Fresh.ReadAsync<string>(address)).Outcome);
        }
    }

    /// <summary>Thirty entries, and a server that died afterwards; tells whose it was.</summary>
    private async Task<(EntryAddress[] Addresses, bool[] IsDead)> FillAsync(CacheProcess process)
    {
        EntryAddress[] addresses = [.. Enumerable.Range(0, 30).Select(number => _scope.Entry($"account:{number}"))];
        Assert.All(
            await process.Sealed.WriteManyAsync([.. addresses.Select(static address => KeyValuePair.Create(address, 1))], new EntryWrite()),
            static outcome => Assert.Equal(WriteOutcome.Stored, outcome));
        _servers[1].Dispose();
        bool[] isDead = [.. addresses.Select(address => _servers.IndexOf(process.Wire.ServerOf(address.Wire())) == 1)];
        Assert.Contains(true, isDead);
        Assert.Contains(false, isDead);
        return (addresses, isDead);
    }
}
