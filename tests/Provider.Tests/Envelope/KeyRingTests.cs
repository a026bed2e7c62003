using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class KeyRingTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Fact]
    public void Entries_of_a_foreign_key_ring_are_told_from_tampering()
    {
        using var here = new KeyRing();
        using var there = new KeyRing();
        using var writer = Process.On(there);
        using var reader = Process.On(here);
        var own = reader.Seal(s_address, "own");
        Assert.Equal(OpenOutcome.ForeignKeyRing, reader.Open(s_address, writer.Seal(s_address, "v")));
        own[^1] ^= 1;
        Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, own));
    }

    [Fact]
    public void A_foreign_key_ring_is_logged_once_with_the_cure()
    {
        using var here = new KeyRing();
        using var there = new KeyRing();
        using var writer = Process.On(there);
        using var reader = Process.On(here);
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(OpenOutcome.ForeignKeyRing, reader.Open(s_address, writer.Seal(s_address, i)));
            reader.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var line = Assert.Single(reader.Log.Lines);
        Assert.Equal((1100, LogLevel.Error), (line.Id, line.Level));
        Assert.Contains("PersistKeysTo", line.Text, StringComparison.Ordinal);
        Assert.Contains("SetApplicationName", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_key_ring_stays_told_apart_when_the_budget_for_failures_is_spent()
    {
        using var here = new KeyRing();
        using var there = new KeyRing();
        using var writer = Process.On(there);
        using var reader = Process.On(here, limits: new DataKeyLimits { FailuresPerSecond = 1 });
        var envelope = writer.Seal(s_address, "v");
        Assert.Equal(OpenOutcome.ForeignKeyRing, reader.Open(s_address, envelope));
        Assert.Equal(OpenOutcome.ForeignKeyRing, reader.Open(s_address, envelope));
    }

    [Fact]
    public void Health_hears_of_a_foreign_key_ring_until_five_minutes_after_the_last_entry()
    {
        using var here = new KeyRing();
        using var there = new KeyRing();
        using var writer = Process.On(there);
        using var reader = Process.On(here);
        Assert.False(reader.Codec.ForeignKeyRingSeen);
        reader.Open(s_address, writer.Seal(s_address, "v"));
        Assert.True(reader.Codec.ForeignKeyRingSeen);
        reader.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(reader.Codec.ForeignKeyRingSeen);
    }

    [Fact]
    public void Another_application_name_on_the_same_key_ring_is_hinted_at_once()
    {
        using var ring = new KeyRing();
        using var named = new KeyRing(ring, "another name");
        using var writer = Process.On(ring);
        using var reader = Process.On(named);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, writer.Seal(s_address, i)));
        }

        var hint = Assert.Single(reader.Log.Lines, line => line.Id == 1101);
        Assert.Contains("SetApplicationName", hint.Text, StringComparison.Ordinal);
        Assert.False(reader.Codec.ForeignKeyRingSeen);
    }

    [Fact]
    public void Two_processes_on_one_repository_share_their_entries()
    {
        using var ring = new KeyRing();
        using var same = new KeyRing(ring);
        using var writer = Process.On(ring);
        using var reader = Process.On(same);
        Assert.Equal(OpenOutcome.Opened, reader.Open<string>(s_address, writer.Seal(s_address, "shared"), out var value));
        Assert.Equal("shared", value);
    }

    [Fact]
    public void A_data_key_copied_into_another_customers_entry_does_not_unwrap()
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring);
        var key = process.Keys.AcquireForSealing("bank-a");
        Assert.Equal(OpenOutcome.Tampered, process.Keys.TryAcquire("bank-b", key.Wrapped.Span, out var other));
        Assert.Null(other);
        key.Release();
    }
}
