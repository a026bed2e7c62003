using Microsoft.AspNetCore.DataProtection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>One data key from its first use to its end, and what finds it.</summary>
public sealed class DataKeyLifeTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");

    [Fact]
    public void When_the_last_reference_is_gone_the_secret_is_zeroed_and_not_before()
    {
        var secret = Secret();
        var key = new DataKey("acme", [1], secret, createdAt: 0);
        Assert.True(key.TryAcquire());
        Assert.True(key.TryAcquire());
        key.Ciphers.Encrypt(new byte[12], new byte[5], new byte[16], default);
        key.Release();
        key.Release();
        Assert.Equal(Secret(), secret);
        key.Release();
        Assert.Equal(new byte[32], secret);
        Assert.False(key.TryAcquire());
    }

    [Fact]
    public void A_cipher_that_refused_its_arguments_is_not_used_again_and_the_next_one_works()
    {
        var pool = new AesGcmPool(Secret());
        var (tag, body) = (new byte[16], "hello"u8.ToArray());
        Assert.Throws<ArgumentException>(() => pool.Encrypt(new byte[11], new byte[5], new byte[16], default));
        Assert.Throws<ArgumentException>(() => pool.TryDecrypt(new byte[11], new byte[5], new byte[16], new byte[5], default));
        pool.Encrypt(new byte[12], body, tag, [7]);
        var plaintext = new byte[5];

        Assert.False(pool.TryDecrypt(new byte[12], body, tag, plaintext, [8]));
        Assert.True(pool.TryDecrypt(new byte[12], body, tag, plaintext, [7]));
        Assert.Equal("hello"u8, plaintext);
    }

    [Fact]
    public void Ciphers_are_used_again()
    {
        var pool = new AesGcmPool(Secret());
        var (nonce, body, tag) = (new byte[12], new byte[5], new byte[16]);
        pool.Encrypt(nonce, body, tag, default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            pool.Encrypt(nonce, body, tag, default);
            Assert.True(pool.TryDecrypt(nonce, body, tag, new byte[5], default));
        }

        // The array of each round takes 32 bytes; a cipher takes more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 40);
    }

    [Fact]
    public void A_key_is_found_by_isolation_and_all_of_its_wrapped_bytes()
    {
        var comparer = new DataKeyComparer();
        byte[] wrapped = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        byte[] otherStart = [9, .. wrapped[1..]];
        byte[] otherEnd = [.. wrapped[..^1], 9];
        var key = Key("acme", wrapped);

        Assert.True(comparer.Equals(key, key));
        Assert.True(comparer.Equals(key, Key("acme", wrapped)));
        Assert.True(comparer.Equals(new WrappedKey("acme", wrapped), key));
        Assert.Equal(comparer.GetHashCode(key), comparer.GetHashCode(new WrappedKey("acme", wrapped)));
        Assert.All([Key("other", wrapped), Key("acme", otherStart), Key("acme", otherEnd), Key("acme", wrapped[..^1])], other => Assert.False(comparer.Equals(key, other)));
        Assert.All([Key("other", wrapped), Key("acme", otherEnd)], other => Assert.NotEqual(comparer.GetHashCode(key), comparer.GetHashCode(other)));
        Assert.False(comparer.Equals(key, y: null));
        Assert.False(comparer.Equals(x: null, key));
        Assert.True(comparer.Equals(x: null, y: null));
        Assert.Throws<NotSupportedException>(() => comparer.Create(new WrappedKey("acme", wrapped)));

        // Shorter than what is hashed by.
        Assert.Equal(comparer.GetHashCode(Key("acme", [1])), comparer.GetHashCode(Key("acme", [1])));
    }

    [Theory]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(0, false)]
    public void Only_256_bits_are_a_data_key(int length, bool isOne)
    {
        var provider = new EphemeralDataProtectionProvider();
        var protector = new DataKeyProtector(provider);
        var secret = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();

        var unwrapped = protector.TryUnwrap("acme", protector.Wrap("acme", secret));

        Assert.Equal(isOne ? secret : null, unwrapped);
    }

    [Fact]
    public void What_DataProtection_unwrapped_is_zeroed_after_it_was_copied()
    {
        var provider = new HandingOut();
        var protector = new DataKeyProtector(provider);

        Assert.Equal(Secret(), protector.TryUnwrap("acme", new byte[3]));
        Assert.Equal(new byte[32], provider.Last);
    }

    [Fact]
    public void The_isolation_is_part_of_the_purpose()
    {
        var protector = new DataKeyProtector(new EphemeralDataProtectionProvider());
        var wrapped = protector.Wrap("acme", Secret());

        Assert.Equal(Secret(), protector.TryUnwrap("acme", wrapped));
        Assert.All(["", "Acme", "acme ", "acm", "other"], other => Assert.Null(protector.TryUnwrap(other, wrapped)));
    }

    [Fact]
    public void Disposing_forgets_and_zeroes_all_keys_as_soon_as_their_users_are_done()
    {
        var process = new Process();
        var used = process.Keys.AcquireForSealing("a");
        var idle = process.Keys.AcquireForSealing("b");
        idle.Release();
        process.Dispose();

        Assert.Equal(0, process.Keys.Count);
        Assert.False(idle.TryAcquire());
        Assert.True(used.TryAcquire());
        used.Release();
        used.Release();
        Assert.False(used.TryAcquire());
    }

    [Fact]
    public void Every_use_gives_its_reference_back()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection, limits: new DataKeyLimits { Messages = 3 });
        using var reader = new Process(protection);
        var key = process.Keys.AcquireForSealing(s_address.Scope.Isolation);
        key.Release();
        for (var i = 0; i < 10; i++)
        {
            var envelope = process.Seal(s_address, i);
            Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope));
            Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, envelope));
            envelope[^1] ^= 1;
            Assert.Equal(OpenOutcome.Tampered, process.Open(s_address, envelope));
            Assert.Throws<NotSupportedException>(() => process.Seal(s_address, typeof(string)));
        }

        process.Dispose();
        Assert.False(key.TryAcquire());
        Assert.False(key.TryBeginVerification(seen: -1, now: 5));
    }

    [Fact]
    public void Two_who_unwrap_the_same_key_at_once_end_up_with_one()
    {
        var protection = new CountingProtection();
        using var writer = new Process(protection);
        var reader = new Process(protection);
        var envelope = writer.Seal(s_address, "v");
        var wrapped = writer.Keys.AcquireForSealing(s_address.Scope.Isolation).Wrapped;
        DataKey? inner = null;
        protection.OnUnwrap = () =>
        {
            protection.OnUnwrap = null;
            Assert.Equal(OpenOutcome.Opened, reader.Keys.TryAcquire(s_address.Scope.Isolation, wrapped.Span, out inner));
        };

        Assert.Equal(OpenOutcome.Opened, reader.Keys.TryAcquire(s_address.Scope.Isolation, wrapped.Span, out var outer));
        Assert.Same(inner, outer);
        Assert.Equal(1, reader.Keys.Count);
        inner!.Release();
        outer!.Release();
        reader.Dispose();
        Assert.False(outer.TryAcquire());
    }

    [Fact]
    public void Nothing_is_sealed_under_a_key_that_another_process_made()
    {
        var protection = new CountingProtection();
        using var writer = new Process(protection);
        using var reader = new Process(protection);
        Assert.Equal(OpenOutcome.Opened, reader.Open(s_address, writer.Seal(s_address, "v")));

        var key = reader.Keys.AcquireForSealing(s_address.Scope.Isolation);

        Assert.Equal(2, protection.Wraps);
        Assert.Equal(2, reader.Keys.Count);
        key.Release();
    }

    [Fact]
    public void Secrets_stand_in_memory_that_the_collector_does_not_copy()
    {
        using var process = new Process();
        var manifest = process.Codec.CreateManifest(new UnsealedValue(new byte[10], ValueTag.Bytes, IsCompressed: false, IsEncrypted: true, SealedLength: 100), partLength: 4);

        // Pinned arrays are of the oldest generation from the start.
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(DataKeyProtector.NewSecret()));
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(manifest.Secret!));
    }

    [Fact]
    public void A_key_that_no_longer_unwraps_is_zeroed_and_given_to_nobody()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        var key = process.Keys.AcquireForSealing("a");
        key.Release();
        protection.Refuses = true;
        process.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(OpenOutcome.Tampered, process.Keys.TryAcquire("a", key.Wrapped.Span, out var none));
        Assert.Null(none);
        Assert.Equal(0, process.Keys.Count);
        Assert.False(key.TryAcquire());
    }

    [Fact]
    public async Task Who_waits_for_a_new_key_gets_that_of_who_made_it_and_it_counts_for_both()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection);
        using var entered = new ManualResetEventSlim();
        using var proceed = new ManualResetEventSlim();
        protection.OnWrap = () =>
        {
            entered.Set();
            proceed.Wait(TestContext.Current.CancellationToken);
        };
        var making = Task.Run(() => process.Keys.AcquireForSealing("a"), TestContext.Current.CancellationToken);
        entered.Wait(TestContext.Current.CancellationToken);
        Thread? thread = null;
        var waiting = OnThreadOfItsOwn(() =>
        {
            Volatile.Write(ref thread, Thread.CurrentThread);
            return process.Keys.AcquireForSealing("a");
        });
        await Eventually.TrueAsync(() => Volatile.Read(ref thread)?.ThreadState.HasFlag(ThreadState.WaitSleepJoin) ?? false);
        proceed.Set();
        var (maker, waiter) = (await making, await waiting);

        Assert.Same(maker, waiter);
        Assert.Equal(1, protection.Wraps);
        Assert.Equal(3, maker.CountMessage());
        maker.Release();
        waiter.Release();
        process.Dispose();
        Assert.False(maker.TryAcquire());
    }

    [Fact]
    public void When_no_new_key_can_be_made_the_old_one_is_given_back_and_the_next_try_makes_one()
    {
        var protection = new CountingProtection();
        using var process = new Process(protection, limits: new DataKeyLimits { Messages = 1 });
        var first = process.Keys.AcquireForSealing("a");
        first.Release();
        protection.Refuses = true;
        var error = Assert.Throws<MemcachedClientException>(() => process.Keys.AcquireForSealing("a"));
        Assert.IsType<InvalidOperationException>(error.InnerException);
        Assert.Equal(new byte[32], protection.LastPlaintext);
        protection.Refuses = false;
        var second = process.Keys.AcquireForSealing("a");
        second.Release();

        Assert.NotSame(first, second);
        process.Dispose();
        Assert.False(first.TryAcquire());
        Assert.False(second.TryAcquire());
    }

    [Fact]
    public void One_user_of_a_key_verifies_it_again()
    {
        var key = Key("acme", [1]);

        Assert.False(key.TryBeginVerification(seen: 1, now: 5));
        Assert.Equal(0, key.VerifiedAt);
        Assert.True(key.TryBeginVerification(seen: 0, now: 5));
        Assert.False(key.TryBeginVerification(seen: 0, now: 5));
        Assert.Equal(5, key.VerifiedAt);
    }

    [Fact]
    public void Messages_are_counted_from_the_first()
    {
        var key = Key("acme", [1]);

        Assert.Equal([1L, 2L, 3L], new[] { key.CountMessage(), key.CountMessage(), key.CountMessage() });
    }

    [Fact]
    public void The_budget_of_failures_starts_anew_each_second()
    {
        var clock = new SetClock();
        var budget = new FailureBudget(2, clock);
        Assert.False(budget.IsExhausted);
        budget.Spend();
        Assert.False(budget.IsExhausted);
        budget.Spend();
        Assert.True(budget.IsExhausted);
        clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(budget.IsExhausted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        budget.Spend();
        Assert.False(budget.IsExhausted);
        budget.Spend();
        Assert.True(budget.IsExhausted);
    }

    [Fact]
    public void The_limits_are_what_the_documents_say()
    {
        Assert.Equal(
            (TimeSpan.FromHours(1), 1L << 30, TimeSpan.FromMinutes(5), 4096, 100),
            (DataKeyLimits.Default.Lifetime, DataKeyLimits.Default.Messages, DataKeyLimits.Default.VerifyEvery, DataKeyLimits.Default.Capacity, DataKeyLimits.Default.FailuresPerSecond));
    }

    [Fact]
    public async Task Keys_and_nonces_are_random_and_none_comes_twice()
    {
        // On a thread that has drawn none so far.
        var seen = await OnThreadOfItsOwn(() =>
        {
            var (drawn, nonce) = (new HashSet<string>(StringComparer.Ordinal), new byte[12]);
            for (var i = 0; i < 2_000; i++)
            {
                RandomSource.Secure.FillNonce(nonce);
                drawn.Add(Convert.ToHexString(nonce));
            }

            return drawn;
        });
        Assert.Equal(2_000, seen.Count);

        var (one, other) = (new byte[32], new byte[32]);
        RandomSource.Secure.FillKey(one);
        RandomSource.Secure.FillKey(other);
        Assert.NotEqual(one, other);
        Assert.NotEqual(new byte[32], one);
    }

    /// <summary>An exception there fails the test, and does not end the run.</summary>
    private static Task<T> OnThreadOfItsOwn<T>(Func<T> work) =>
        Task.Factory.StartNew(work, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static byte[] Secret() => [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private static DataKey Key(string isolation, byte[] wrapped) => new(isolation, wrapped, Secret(), createdAt: 0);

    /// <summary>Hands out the secret, and remembers the array it did that in.</summary>
    private sealed class HandingOut : IDataProtector
    {
        public byte[]? Last { get; private set; }

        public IDataProtector CreateProtector(string purpose) => this;

        public byte[] Protect(byte[] plaintext) => throw new NotSupportedException();

        public byte[] Unprotect(byte[] protectedData) => Last = Secret();
    }
}
