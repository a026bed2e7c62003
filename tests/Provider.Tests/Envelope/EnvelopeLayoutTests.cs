using System.Buffers;
using System.Buffers.Binary;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>Headers by themselves: what is written is found again where it stands, and nothing beyond the limits is either.</summary>
public sealed class EnvelopeLayoutTests
{
    // Enough behind a header for what every envelope has there.
    private const int PlainRest = EnvelopeLayout.DigestLength + EnvelopeLayout.InnerHeaderLength;
    private const int EncryptedRest = EnvelopeLayout.NonceLength + EnvelopeLayout.TagLength + EnvelopeLayout.InnerHeaderLength;

    private static readonly EnvelopeTerms s_all = new(
        DateTimeOffset.FromUnixTimeMilliseconds(1_000_001), TimeSpan.FromSeconds(7), new byte[32], DateTimeOffset.FromUnixTimeMilliseconds(999_999), new byte[3], IsManifest: true);

    [Fact]
    public void Every_part_is_found_where_it_was_written()
    {
        byte[] wrapped = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
        byte[] generations = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];
        var bytes = Write(s_all with { Generations = generations }, wrapped, EncryptedRest);

        Assert.Equal(OpenOutcome.Opened, EnvelopeLayout.TryReadHeader(bytes, out var header));
        Assert.Equal(bytes.Length - EncryptedRest, header.Length);
        Assert.Equal(s_all.Deadline, header.Deadline);
        Assert.Equal(s_all.Sliding, header.Sliding);
        Assert.Equal(s_all.FreshUntil, header.FreshUntil);
        Assert.Equal(generations, bytes[header.Generations]);
        Assert.Equal(wrapped, bytes[header.WrappedKey]);
        Assert.Equal((true, true, true), (header.IsEncrypted, header.HasTags, header.IsManifest));
    }

    [Fact]
    public void A_header_of_nothing_has_nothing()
    {
        var bytes = Write(default, default, PlainRest);

        Assert.Equal(OpenOutcome.Opened, EnvelopeLayout.TryReadHeader(bytes, out var header));
        Assert.Equal(2, header.Length);
        Assert.Null(header.Deadline);
        Assert.Null(header.Sliding);
        Assert.Null(header.FreshUntil);
        Assert.Empty(bytes[header.Generations]);
        Assert.Empty(bytes[header.WrappedKey]);
        Assert.Equal((false, false, false), (header.IsEncrypted, header.HasTags, header.IsManifest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_byte_too_few_anywhere_is_malformed(bool encrypted)
    {
        var bytes = Write(s_all, encrypted ? new byte[40] : default, encrypted ? EncryptedRest : PlainRest);

        Assert.Equal(OpenOutcome.Opened, EnvelopeLayout.TryReadHeader(bytes, out _));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(OpenOutcome.Malformed, EnvelopeLayout.TryReadHeader(bytes.AsSpan(0, length).ToArray(), out _));
        }
    }

    [Theory]
    [InlineData(0, 0x00, OpenOutcome.Malformed)]
    [InlineData(1, 0x0E, OpenOutcome.Opened)]
    [InlineData(1, 0x10, OpenOutcome.Malformed)]
    [InlineData(1, 0x20, OpenOutcome.Malformed)]
    [InlineData(1, 0x40, OpenOutcome.Malformed)]
    [InlineData(1, 0x80, OpenOutcome.Malformed)]
    [InlineData(2, 0x30, OpenOutcome.Opened)]
    [InlineData(2, 0x40, OpenOutcome.Malformed)]
    [InlineData(2, 0x80, OpenOutcome.Malformed)]
    [InlineData(3, 0x70, OpenOutcome.Opened)]
    [InlineData(3, 0x80, OpenOutcome.Malformed)]
    [InlineData(4, 0x00, OpenOutcome.NewerRevision)]
    [InlineData(4, 0xFF, OpenOutcome.NewerRevision)]
    internal void A_revision_knows_its_flags_and_no_others(byte revision, byte flags, OpenOutcome expected)
    {
        var bytes = new byte[200];
        (bytes[0], bytes[1]) = (revision, flags);

        Assert.Equal(expected, EnvelopeLayout.TryReadHeader(bytes, out _));
    }

    [Fact]
    public void A_header_bears_the_first_revision_that_knows_its_flags()
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(1);
        Assert.Equal([1, 0x00], Write(default, default));
        Assert.Equal([1, 0x0F], Write(new EnvelopeTerms(moment, TimeSpan.FromSeconds(1), new byte[16]), [1])[..2]);
        Assert.Equal([2, 0x10], Write(new EnvelopeTerms(null, null, FreshUntil: moment), default)[..2]);
        Assert.Equal([2, 0x20], Write(new EnvelopeTerms(null, null, Tags: new byte[1]), default)[..2]);
        Assert.Equal([3, 0x40], Write(new EnvelopeTerms(null, null, IsManifest: true), default)[..2]);
        Assert.Equal([3, 0x7F], Write(s_all, [1])[..2]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    public void Moments_beyond_the_calendar_are_malformed(byte flag)
    {
        var (first, last) = (DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());

        Assert.Equal(OpenOutcome.Opened, Read(first));
        Assert.Equal(OpenOutcome.Opened, Read(last));
        Assert.Equal(OpenOutcome.Malformed, Read(first - 1));
        Assert.Equal(OpenOutcome.Malformed, Read(last + 1));

        OpenOutcome Read(long milliseconds)
        {
            var bytes = new byte[2 + 8 + PlainRest];
            (bytes[0], bytes[1]) = (EnvelopeLayout.Revision, flag);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), milliseconds);
            return EnvelopeLayout.TryReadHeader(bytes, out _);
        }
    }

    [Fact]
    public void After_a_part_that_is_not_whole_nothing_is_found_any_more()
    {
        // A deadline beyond the calendar, and behind it enough for a generation and all the rest.
        var bytes = new byte[200];
        (bytes[0], bytes[1]) = (1, 2 | 8);
        bytes.AsSpan(2, 8).Fill(0x7F);

        Assert.Equal(OpenOutcome.Malformed, EnvelopeLayout.TryReadHeader(bytes, out var header));
        Assert.Empty(bytes[header.Generations]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_window_of_nothing_is_refused(long ticks) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(new EnvelopeTerms(null, TimeSpan.FromTicks(ticks)), default));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(TimeSpan.TicksPerSecond, 1)]
    [InlineData(TimeSpan.TicksPerSecond + 1, 2)]
    [InlineData(uint.MaxValue * TimeSpan.TicksPerSecond, uint.MaxValue)]
    [InlineData((uint.MaxValue * TimeSpan.TicksPerSecond) + 1, uint.MaxValue)]
    [InlineData(long.MaxValue, uint.MaxValue)]
    public void A_window_is_kept_in_whole_seconds_rounded_up(long ticks, uint seconds)
    {
        Assert.Equal(OpenOutcome.Opened, EnvelopeLayout.TryReadHeader(Write(new EnvelopeTerms(null, TimeSpan.FromTicks(ticks)), default, PlainRest), out var header));
        Assert.Equal(TimeSpan.FromSeconds(seconds), header.Sliding);
    }

    [Fact]
    public void What_is_longer_than_its_length_can_tell_is_refused()
    {
        Write(default, new byte[ushort.MaxValue]);
        Write(new EnvelopeTerms(null, null, Tags: new byte[ushort.MaxValue]), default);

        Assert.Throws<ArgumentOutOfRangeException>(() => Write(default, new byte[ushort.MaxValue + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(new EnvelopeTerms(null, null, Tags: new byte[ushort.MaxValue + 1]), default));
        Assert.Contains("16 bytes each, and at most 255", Assert.Throws<ArgumentException>(() => Write(new EnvelopeTerms(null, null, new byte[15]), default)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 3, 0x40 }, true)]
    [InlineData(new byte[] { 3, 0x7F }, true)]
    [InlineData(new byte[] { 3, 0x3F }, false)]
    [InlineData(new byte[] { 2, 0x40 }, false)]
    [InlineData(new byte[] { 4, 0x40 }, false)]
    [InlineData(new byte[] { 3 }, false)]
    [InlineData(new byte[0], false)]
    public void A_manifest_is_told_by_its_flag(byte[] envelope, bool isManifest) => Assert.Equal(isManifest, EnvelopeLayout.IsManifest(envelope));

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(5_000)]
    public void The_associated_data_is_the_header_and_the_address_whatever_the_room(int keyLength)
    {
        var address = Process.Scope.Entry(new string('k', keyLength));
        var canonical = new byte[address.CanonicalLength];
        address.WriteCanonical(canonical);
        byte[] expected = [1, 2, 3, .. canonical];

        foreach (var room in new[] { expected.Length - 1, expected.Length, expected.Length + 1, 0 })
        {
            var usual = new byte[room];
            using var associated = new AssociatedData(usual, [1, 2, 3], address);
            Assert.Equal(expected, associated.Bytes.ToArray());
            Assert.Equal(room >= expected.Length, usual.AsSpan().StartsWith(expected));
        }
    }

    [Fact]
    public void Rented_memory_is_given_back_once()
    {
        var associated = new AssociatedData(default, [1], Process.Scope.Entry(new string('k', 3_000)));
        var bytes = associated.Bytes;
        associated.Dispose();
        associated.Dispose();

        // The pool keeps the last array of each size for the thread that returned it.
        var (one, other) = (ArrayPool<byte>.Shared.Rent(8_000), ArrayPool<byte>.Shared.Rent(8_000));
        Assert.True(bytes.Overlaps(one));
        Assert.NotSame(one, other);
        ArrayPool<byte>.Shared.Return(one);
        ArrayPool<byte>.Shared.Return(other);
    }

    [Fact]
    public void A_header_takes_the_room_it_needs_whatever_the_buffer_has()
    {
        var expected = Write(s_all, new byte[40]);
        for (var before = 0; before < 300; before++)
        {
            using var buffer = new PooledBuffer();
            buffer.Write(new byte[before]);
            EnvelopeLayout.WriteHeader(s_all, new byte[40], buffer);
            Assert.Equal(expected, buffer.WrittenSpan[before..]);
        }
    }

    private static byte[] Write(in EnvelopeTerms terms, ReadOnlySpan<byte> wrapped, int rest = 0)
    {
        using var buffer = new PooledBuffer();
        EnvelopeLayout.WriteHeader(terms, wrapped, buffer);
        return [.. buffer.WrittenSpan, .. new byte[rest]];
    }
}
