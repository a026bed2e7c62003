using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class DataKeyTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Fact]
    public void One_data_key_seals_many_values_and_DataProtection_is_asked_once()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        for (var i = 0; i < 100; i++)
        {
            process.Open(s_address, process.Seal(s_address, i));
        }

        Assert.Equal((1, 0), (protection.Wraps, protection.Unwraps));
    }

    [Fact]
    public void Each_isolation_has_a_data_key_of_its_own()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        foreach (var customer in new[] { "a", "b", "", "a", "b", "" })
        {
            process.Seal(new EntryScope("app", "stack", customer, "same").Entry("k"), 1);
        }

        Assert.Equal(3, protection.Wraps);
    }

    [Fact]
    public void Processes_with_one_key_ring_read_each_others_entries_and_unwrap_a_key_once()
    {
        var protection = new CountingProtection();
        using var writer = new Process(protection);
        using var reader = new Process(protection);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, writer.Seal(s_address, i)));
        }

        Assert.Equal((1, 1), (protection.Wraps, protection.Unwraps));
    }

    [Fact]
    public void After_an_hour_a_new_data_key_seals_and_the_old_one_still_opens()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        var old = process.Seal(s_address, "old");
        process.Clock.Advance(TimeSpan.FromMinutes(59));
        process.Seal(s_address, "still the first");
        Assert.Equal(1, protection.Wraps);
        process.Clock.Advance(TimeSpan.FromMinutes(1));
        var young = process.Seal(s_address, "new");
        Assert.Equal(2, protection.Wraps);
        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, old));
        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, young));
    }

    [Fact]
    public void After_so_many_messages_a_new_data_key_seals()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection, limits: new DataKeyLimits { Messages = 10 });
        for (var i = 1; i <= 30; i++)
        {
            process.Seal(s_address, i);
            Assert.Equal(((i - 1) / 10) + 1, protection.Wraps);
        }
    }

    [Fact]
    public async Task While_one_thread_protects_the_next_data_key_the_others_go_on_with_the_present_one()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        process.Seal(s_address, 1);
        process.Clock.Advance(TimeSpan.FromHours(1));
        using var entered = new ManualResetEventSlim();
        using var proceed = new ManualResetEventSlim();
        protection.OnWrap = () =>
        {
            entered.Set();
            proceed.Wait(TestContext.Current.CancellationToken);
        };
        var rotating = Task.Run(() => process.Seal(s_address, 2), TestContext.Current.CancellationToken);
        entered.Wait(TestContext.Current.CancellationToken);
        process.Seal(s_address, 3);
        Assert.Equal(2, protection.Wraps);
        proceed.Set();
        await rotating;
    }

    [Fact]
    public void When_many_start_at_once_one_data_key_is_made()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => process.Seal(s_address, i));
        Assert.Equal(1, protection.Wraps);
    }

    [Fact]
    public void Every_five_minutes_the_data_key_is_unwrapped_again()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        var envelope = process.Seal(s_address, 1);
        for (var i = 1; i <= 3; i++)
        {
            process.Clock.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope));
            Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope));
            Assert.Equal(i, protection.Unwraps);
        }
    }

    [Fact]
    public void A_revoked_key_is_noticed_within_five_minutes_in_the_process_that_sealed_and_in_others()
    {
        using var ring = new KeyRing();
        using var otherRing = new KeyRing(ring);
        var clock = new SetClock();
        using var writer = Process.On(ring, clock);
        using var reader = Process.On(otherRing, clock);
        var envelope = writer.Seal(s_address, "v");
        Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, envelope));
        ring.Manager.RevokeKey(ring.Manager.GetAllKeys().Single().KeyId, "stolen");
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, envelope));
        Assert.Equal(OpenOutcome.Tampered, writer.Open(s_address, envelope));
        Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, envelope));
        Assert.Contains(reader.Log.Lines, line => line.Id == 1104);
        Assert.DoesNotContain(reader.Log.Lines, line => line.Id is 1100 or 1101);
    }

    [Fact]
    public void A_data_key_of_a_revoked_key_seals_nothing_more_after_five_minutes()
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring);
        var first = process.Keys.AcquireForSealing("a");
        first.Release();
        ring.Manager.RevokeKey(ring.Manager.GetAllKeys().Single().KeyId, "stolen");
        process.Clock.Advance(TimeSpan.FromMinutes(5));
        var second = process.Keys.AcquireForSealing("a");
        second.Release();
        Assert.NotSame(first, second);
        Assert.False(first.TryAcquire());
    }

    [Fact]
    public void No_more_unwrapped_keys_are_kept_than_allowed_and_all_entries_still_open()
    {
        using var process = new Process(limits: new DataKeyLimits { Capacity = 8 });
        var sealedEntries = Enumerable.Range(0, 50).Select(i => new EntryScope("app", "stack", $"customer {i}", "x").Entry("k"))
            .Select(address => (Address: address, Bytes: process.Seal(address, 1))).ToArray();
        Assert.Equal(8, process.Keys.Count);
        Assert.All(sealedEntries, entry => Assert.Equal(OpenOutcome.Opened, process.Open(entry.Address, entry.Bytes)));
        Assert.Equal(8, process.Keys.Count);
    }

    [Fact]
    public void Failing_unwraps_are_tried_so_often_a_second_and_no_more()
    {
        var protection = new CountingProtection();
        using var writer = new Process(new CountingProtection());
        using var reader = new Process(protection, limits: new DataKeyLimits { FailuresPerSecond = 10 });
        var envelope = writer.Seal(s_address, "v");
        protection.Refuses = true;
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, envelope));
        }

        Assert.Equal(10, protection.Unwraps);
        protection.Refuses = false;
        Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, envelope));
        reader.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, envelope));
    }

    [Fact]
    public void A_failed_unwrap_is_not_remembered()
    {
        var protection = new CountingProtection { Refuses = true };
        using var writer = new Process(new CountingProtection());
        using var reader = new Process(protection);
        var envelope = writer.Seal(s_address, "v");
        Assert.Equal(OpenOutcome.Tampered, reader.Open(s_address, envelope));
        protection.Refuses = false;
        Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, envelope));
    }

    [Fact]
    public void Without_DataProtection_nothing_is_sealed_and_the_error_says_why()
    {
        using var process = new Process(new CountingProtection { Refuses = true });
        var error = Assert.Throws<MemcachedClientException>(() => process.Seal(s_address, "v"));
        Assert.Contains("DataProtection", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_dropped_while_in_use_stays_whole_until_it_is_released()
    {
        using var process = new Process(limits: new DataKeyLimits { Capacity = 1 });
        var key = process.Keys.AcquireForSealing("a");
        process.Keys.AcquireForSealing("b").Release();
        var (tag, body) = (new byte[16], new byte[5]);
        key.Ciphers.Encrypt(new byte[12], body, tag, default);
        Assert.Equal(OpenOutcome.Opened, process.Keys.TryAcquire("a", key.Wrapped.Span, out var again));
        Assert.NotSame(key, again);
        Assert.True(again!.Ciphers.TryDecrypt(new byte[12], body, tag, new byte[5], default));
        again.Release();
        key.Release();
        Assert.False(key.TryAcquire());
    }
}
