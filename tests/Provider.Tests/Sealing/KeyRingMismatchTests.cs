using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

public sealed class KeyRingMismatchTests
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");

    [Fact]
    public async Task Processes_that_share_a_key_ring_read_each_others_entries()
    {
        using var server = new EmbeddedMemcached();
        var ring = new MemoryKeyRing();
        using var first = CacheProcess.On(server, keys: ring);
        using var second = CacheProcess.On(server, keys: ring);

        await first.Sealed.WriteAsync(s_address, "shared", new EntryWrite());

        Assert.Equal("shared", (await second.Sealed.ReadAsync<string>(s_address)).Value);
    }

    [Fact]
    public async Task Processes_with_key_rings_of_their_own_miss_and_are_told_the_cure_once()
    {
        using var server = new EmbeddedMemcached();
        using var first = CacheProcess.On(server);
        using var second = CacheProcess.On(server);
        await first.Sealed.WriteAsync(s_address, "unreadable elsewhere", new EntryWrite());

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ReadOutcome.Unopenable, (await second.Sealed.ReadAsync<string>(s_address)).Outcome);
        }

        Assert.Equal(3, second.Counts["scopedcaching.envelope.unopenable:foreign_key_ring"]);
        Assert.Equal(0, second.Counts["scopedcaching.envelope.unopenable:tampered"]);
        var told = Assert.Single(second.Log.Lines, line => line.Id == 1100).Text;
        Assert.Contains("PersistKeysTo", told, StringComparison.Ordinal);
        Assert.Contains("SetApplicationName", told, StringComparison.Ordinal);
        SealedIntegrityTests.AssertNothingTold(second, "account:1", "bank-a", "unreadable elsewhere");
    }

    [Fact]
    public async Task Health_is_degraded_for_a_while_after_a_foreign_key_ring_was_met()
    {
        var clock = new FakeClock();
        using var server = new EmbeddedMemcached(timeProvider: clock);
        using var first = CacheProcess.On(server, clock);
        using var second = new CacheProcess(options => options.Embedded = server, clock, add: services => services.AddHealthChecks().AddMemcached());
        var health = second.Services.GetRequiredService<HealthCheckService>();
        await first.Sealed.WriteAsync(s_address, 1, new EntryWrite());
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        await second.Sealed.ReadAsync<int>(s_address);

        var degraded = (await health.CheckHealthAsync()).Entries["memcached"];
        Assert.Equal((HealthStatus.Degraded, true), (degraded.Status, degraded.Data["foreignKeyRing"]));
        Assert.Contains("SetApplicationName", degraded.Description, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
    }
}
