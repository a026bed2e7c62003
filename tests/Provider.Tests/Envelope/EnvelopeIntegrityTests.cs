using System.Text;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

public sealed class EnvelopeIntegrityTests
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("accounts");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_sealed_opens(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        Assert.Equal(OpenOutcome.Opened, process.Open<string>(s_address, process.Seal(s_address, "grüezi", format), out var value, format));
        Assert.Equal("grüezi", value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bit_flipped_anywhere_is_not_opened(bool encrypt)
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring, limits: new DataKeyLimits { FailuresPerSecond = int.MaxValue });
        var format = new EntryFormat { Encrypt = encrypt };
        var terms = new EnvelopeTerms(process.Clock.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(2), new byte[32]);
        var envelope = process.Seal(s_address, 12345, format, terms);
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, envelope, format));
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope, format));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bit_flipped_somewhere_in_a_large_entry_is_not_opened(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt, Compress = false };
        var envelope = process.Seal(s_address, new byte[200_000], format);
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var bit = random.Next(envelope.Length * 8);
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, envelope, format));
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_short_anywhere_or_lengthened_it_is_not_opened(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        var terms = new EnvelopeTerms(process.Clock.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(2), new byte[48]);
        var envelope = process.Seal(s_address, "value", format, terms);
        for (var length = 0; length < envelope.Length; length++)
        {
            // A copy of just this length, so that reading past the end would throw.
            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, envelope.AsSpan(0, length).ToArray(), format));
        }

        Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, (byte[])[.. envelope, 0], format));
    }

    [Fact]
    public void Garbage_is_never_opened_and_never_throws()
    {
        using var process = new Process();
        var random = new Random(2);
        for (var i = 0; i < 50_000; i++)
        {
            var garbage = new byte[random.Next(200)];
            random.NextBytes(garbage);
            if (garbage.Length > 2 && i % 4 != 0)
            {
                (garbage[0], garbage[1]) = (1, (byte)(garbage[1] & 15));
            }

            Assert.NotEqual(OpenOutcome.Opened, process.Open(s_address, garbage, i % 2 == 0 ? Process.Plain : null));
        }
    }

    public static TheoryData<string, string, string, string, string, string> OtherAddresses => new()
    {
        { "app", "stack", "bank-a", "bank-a", "", "accounts2" },
        { "app", "stack", "bank-a", "bank-a", "view", "accounts" },
        { "app", "stack", "bank-a", "bank-b", "", "accounts" },
        { "app", "stack", "bank-b", "bank-a", "", "accounts" },
        { "app", "stack", "", "bank-a", "", "accounts" },
        { "app", "session", "bank-a", "bank-a", "", "accounts" },
        { "app2", "stack", "bank-a", "bank-a", "", "accounts" },
        { "app", "stack", "bank-a", "bank-aa", "", "ccounts" },
    };

    [Theory]
    [MemberData(nameof(OtherAddresses))]
    public void Moved_to_another_address_it_is_not_opened(string prefix, string level, string isolation, string id, string view, string key)
    {
        using var process = new Process();
        var other = new EntryScope(prefix, level, isolation, id, view).Entry(key);
        Assert.Equal(OpenOutcome.Tampered, process.Open(other, process.Seal(s_address, "secret")));
        Assert.Equal(OpenOutcome.Tampered, process.Open(other, process.Seal(s_address, "secret", Process.Plain), Process.Plain));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void At_its_deadline_it_has_expired_even_if_the_server_kept_it(bool encrypt)
    {
        using var process = new Process();
        var format = new EntryFormat { Encrypt = encrypt };
        var envelope = process.Seal(s_address, "v", format, new EnvelopeTerms(process.Clock.GetUtcNow().AddSeconds(15), null));
        process.Clock.Advance(TimeSpan.FromMilliseconds(14_999));
        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, envelope, format));
        process.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(OpenOutcome.Expired, process.Open(s_address, envelope, format));
    }

    [Fact]
    public void Where_encryption_is_demanded_a_plain_entry_is_refused()
    {
        using var process = new Process();
        Assert.Equal(OpenOutcome.NotEncrypted, process.Open(s_address, process.Seal(s_address, "forged", Process.Plain)));
    }

    [Fact]
    public void Where_encryption_is_not_demanded_an_encrypted_entry_opens_too()
    {
        using var process = new Process();
        Assert.Equal(OpenOutcome.Opened, process.Open(s_address, process.Seal(s_address, "v"), Process.Plain));
    }

    [Fact]
    public void A_newer_revision_is_told_from_damage()
    {
        using var process = new Process();
        var envelope = process.Seal(s_address, "v");
        envelope[0] = EnvelopeLayout.Revision + 1;
        Assert.Equal(OpenOutcome.NewerRevision, process.Open(s_address, envelope));
        Assert.Equal(OpenOutcome.NewerRevision, process.Open(s_address, new byte[] { 200, 7 }));
    }

    [Fact]
    public void Deadline_window_and_generations_come_back()
    {
        using var process = new Process();
        using var buffer = new PooledBuffer();
        using var scratch = new PooledBuffer();
        byte[] generations = [.. Enumerable.Range(0, 255 * 16).Select(i => (byte)i)];
        var deadline = process.Clock.GetUtcNow().AddDays(400).AddTicks(12_345);
        process.Codec.Seal(s_address, "v", new EnvelopeTerms(deadline, TimeSpan.FromMilliseconds(90_001), generations), EntryFormat.Default, buffer);
        Assert.Equal(OpenOutcome.Opened, process.Codec.Open(s_address, buffer.WrittenMemory, EntryFormat.Default, process.Clock.GetUtcNow(), scratch, out var opened));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(deadline.ToUnixTimeMilliseconds()), opened.Deadline);
        Assert.Equal(TimeSpan.FromSeconds(91), opened.Sliding);
        Assert.Equal(generations, opened.Generations.ToArray());
    }

    [Fact]
    public void Generation_ids_of_a_wrong_length_are_refused()
    {
        using var process = new Process();
        Assert.Throws<ArgumentException>(() => process.Seal(s_address, "v", terms: new EnvelopeTerms(null, null, new byte[17])));
        Assert.Throws<ArgumentException>(() => process.Seal(s_address, "v", terms: new EnvelopeTerms(null, null, new byte[256 * 16])));
    }

    [Fact]
    public void Neither_the_value_nor_its_address_is_readable_in_the_sealed_bytes()
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring);
        var envelope = process.Seal(s_address, "CH93-0076-2011-6238-5295-7");
        foreach (var secret in new[] { "CH93", "5295", "bank-a", "accounts" })
        {
            Assert.Equal(-1, envelope.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
            Assert.Equal(-1, envelope.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)));
        }
    }

    [Fact]
    public void The_outer_tag_tells_only_that_it_is_encrypted()
    {
        using var process = new Process();
        using var buffer = new PooledBuffer();
        Assert.Equal(ValueTag.Encrypted, process.Codec.Seal(s_address, 5, default, EntryFormat.Default, buffer));
        Assert.Equal(ValueTag.Integer, process.Codec.Seal(s_address, 5, default, Process.Plain, buffer));
    }

    [Fact]
    public void What_does_not_open_is_logged_without_key_or_customer_and_not_for_every_entry()
    {
        using var process = new Process();
        var envelope = process.Seal(s_address, "secret");
        envelope[^1] ^= 1;
        for (var i = 0; i < 50; i++)
        {
            process.Open(s_address, envelope);
        }

        process.Clock.Advance(TimeSpan.FromSeconds(10));
        process.Open(s_address, envelope);
        var lines = process.Log.Lines.Where(line => line.Id == 1102).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.Contains("50", lines[1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(process.Log.Lines, line => line.Text.Contains("bank-a", StringComparison.Ordinal) || line.Text.Contains("accounts", StringComparison.Ordinal) || line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void An_address_longer_than_the_usual_memory_works_too()
    {
        using var process = new Process();
        var address = Process.Scope.Entry(new string('k', 5_000));
        Assert.Equal(OpenOutcome.Opened, process.Open<string>(address, process.Seal(address, "v"), out var value));
        Assert.Equal("v", value);
    }

    [Fact]
    public void An_isolation_that_is_not_well_formed_text_has_a_data_key_like_any_other()
    {
        using var ring = new KeyRing();
        using var process = Process.On(ring);
        using var other = Process.On(ring);
        var address = new EntryScope("app", "stack", "\ud800\0\r\n", "x").Entry("k");
        var replaced = new EntryScope("app", "stack", "\ufffd\0\r\n", "x").Entry("k");
        var envelope = process.Seal(address, "v");
        Assert.Equal(OpenOutcome.Opened, other.Open(address, envelope));
        Assert.NotEqual(OpenOutcome.Opened, other.Open(replaced, envelope));
    }
}
