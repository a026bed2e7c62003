using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class SealedStoreOnEmbeddedTests : SealedStoreContract
{
    private readonly EmbeddedMemcached _server = new();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(_server, configure: configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _server.Dispose();
    }
}

public sealed class SealedStoreOnRealMemcachedTests(SharedMemcached shared) : SealedStoreContract, IClassFixture<SharedMemcached>
{
    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(shared.Server, configure: configure);
}

public sealed class SealedStoreOnThreeEmbeddedTests : SealedStoreContract
{
    private readonly EmbeddedServers _servers = new();

    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(_servers.Endpoints, configure: configure);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _servers.Dispose();
    }
}

public sealed class SealedStoreOnThreeMemcachedTests(SharedMemcachedRing ring) : SealedStoreContract, IClassFixture<SharedMemcachedRing>
{
    internal override CacheProcess Start(Action<MemcachedOptions>? configure = null) => CacheProcess.On(ring.Endpoints, configure: configure);
}

/// <summary>What users of <see cref="ISealedStore"/> rely on beside that where memcached is behind it: conditions, versions, counters.</summary>
public abstract partial class SealedStoreContract : SealedStoreOnAnyBackend
{
    private IMemcachedClient Client => Process.Wire;

    [Fact]
    public async Task Adding_stores_only_when_there_is_no_entry()
    {
        var add = new EntryWrite { Condition = WriteCondition.IfAbsent };

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 1, add));
        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 2, add));
        Assert.Equal(1, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task Replacing_stores_only_when_there_is_an_entry()
    {
        var replace = new EntryWrite { Condition = WriteCondition.IfPresent };

        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 1, replace));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
        await Store.WriteAsync(Address, 2, new EntryWrite());
        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 3, replace));
        Assert.Equal(3, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task A_version_stores_only_when_nobody_changed_the_entry_meanwhile()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        var seen = (await Store.ReadAsync<int>(Address)).Version;

        Assert.Equal(WriteOutcome.Stored, await Store.WriteAsync(Address, 2, IfStill(seen)));
        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 3, IfStill(seen)));
        Assert.Equal(2, (await Store.ReadAsync<int>(Address)).Value);
    }

    [Fact]
    public async Task A_version_stores_nothing_once_the_entry_is_gone()
    {
        await Store.WriteAsync(Address, 1, new EntryWrite());
        var seen = (await Store.ReadAsync<int>(Address)).Version;
        await Store.RemoveAsync(Address);

        Assert.Equal(WriteOutcome.NotStored, await Store.WriteAsync(Address, 2, IfStill(seen)));
        Assert.Equal(ReadOutcome.Miss, (await Store.ReadAsync<int>(Address)).Outcome);
    }

    private static EntryWrite IfStill(ulong version) => new() { Condition = WriteCondition.IfVersion, Version = version };
}
