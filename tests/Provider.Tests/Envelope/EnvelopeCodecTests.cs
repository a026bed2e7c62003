using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Envelope;

/// <summary>What is sealed within a limit, what is forged within a valid digest, and what is sealed once more.</summary>
public sealed class EnvelopeCodecTests : IDisposable
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("accounts");
    private readonly Process _process = new();

    public static TheoryData<bool, bool> Formats => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    public void Dispose() => _process.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_takes_as_much_as_it_may_is_sealed_and_of_more_the_bytes_are_told(bool encrypt, bool compress)
    {
        var (format, text) = (new EntryFormat { Encrypt = encrypt, Compress = compress }, new string('a', 2_000));
        var terms = new EnvelopeTerms(null, TimeSpan.FromSeconds(5), Tags: new byte[3]);
        var length = _process.Seal(s_address, text, format, terms).Length;
        using var buffer = new PooledBuffer();
        buffer.Write([1, 2, 3]);

        Assert.False(_process.Codec.TrySeal(s_address, text, terms, format, length - 1, buffer, out var tag, out var rest));
        Assert.Equal(encrypt ? ValueTag.Encrypted : ValueTag.String, tag);
        Assert.Equal((ValueTag.String, compress, encrypt, (long)length), (rest.Tag, rest.IsCompressed, rest.IsEncrypted, rest.SealedLength));
        Assert.Equal(compress, rest.Payload.Length < 100);
        Assert.Equal(compress ? 0 : 2_000, rest.Payload.Span.Count((byte)'a'));

        buffer.Truncate(3);
        Assert.True(_process.Codec.TrySeal(s_address, text, terms, format, length, buffer, out tag, out rest));
        Assert.Equal(encrypt ? ValueTag.Encrypted : ValueTag.String, tag);
        Assert.Equal(default, rest);
        Assert.Equal((byte[])[1, 2, 3], buffer.WrittenSpan[..3]);
        Assert.Equal(OpenOutcome.Opened, _process.Open<string>(s_address, buffer.WrittenMemory[3..], out var read, format));
        Assert.Equal(text, read);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_was_opened_is_sealed_once_more_under_other_terms(bool encrypt, bool compress)
    {
        var (format, text) = (new EntryFormat { Encrypt = encrypt, Compress = compress }, new string('a', 2_000));
        using var scratch = new PooledBuffer();
        using var buffer = new PooledBuffer();
        _process.Codec.Open(s_address, _process.Seal(s_address, text, format, new EnvelopeTerms(null, null, new byte[16])), format, default, scratch, out var opened);

        var tag = _process.Codec.Reseal(s_address, opened, new EnvelopeTerms(null, TimeSpan.FromSeconds(5)), format, buffer);

        Assert.Equal(encrypt ? ValueTag.Encrypted : ValueTag.String, tag);
        Assert.Equal(compress, buffer.Length < 1_000);
        Assert.Equal(OpenOutcome.Opened, _process.Codec.Open(s_address, buffer.WrittenMemory, format, default, scratch, out var again));
        Assert.Equal((ValueTag.String, (TimeSpan?)TimeSpan.FromSeconds(5), 0), (again.Tag, again.Sliding, again.Generations.Length));
        Assert.Equal(text, Encoding.UTF8.GetString(again.Payload.Span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_envelope_takes_the_room_it_needs_whatever_the_buffer_has(bool encrypt)
    {
        var format = new EntryFormat { Encrypt = encrypt };
        for (var before = 0; before < 300; before++)
        {
            using var buffer = new PooledBuffer();
            buffer.Write(new byte[before]);
            _process.Codec.Seal(s_address, 1, default, format, buffer);
            Assert.Equal(OpenOutcome.Opened, _process.Open(s_address, buffer.WrittenMemory[before..], format));
        }
    }

    [Theory]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    public void From_the_threshold_on_a_value_is_compressed_whatever_stands_before_it(int length, bool compressed)
    {
        using var buffer = new PooledBuffer();
        buffer.Write(new byte[2_000]);

        _process.Codec.Seal(s_address, new string('a', length), default, Process.Plain, buffer);

        Assert.Equal(compressed, buffer.Length < 2_500);
    }

    [Fact]
    public void The_scratch_of_another_entry_is_emptied_first()
    {
        using var scratch = new PooledBuffer();
        scratch.Write("left over"u8);

        Assert.Equal(OpenOutcome.Opened, _process.Codec.Open(s_address, _process.Seal(s_address, "v"), EntryFormat.Default, default, scratch, out var opened));
        Assert.Equal("v"u8, opened.Payload.Span);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(4, 0, false)]
    [InlineData(7, 0, true)]
    [InlineData(8, 0, false)]
    [InlineData(255, 0, false)]
    [InlineData(1, 2, false)]
    [InlineData(1, 255, false)]
    [InlineData(1, 1, false)]
    public void Forms_and_compressions_that_there_are_not_do_not_open(byte tag, byte compression, bool opens) =>
        Assert.Equal(opens ? OpenOutcome.Opened : OpenOutcome.Malformed, _process.Open(s_address, Forge(default, [tag, compression, .. "value"u8]), Process.Plain));

    [Theory]
    [InlineData(5, 0, true)]
    [InlineData(5, 1, true)]
    [InlineData(5, 2, false)]
    [InlineData(0, 0, false)]
    [InlineData(4, 0, false)]
    [InlineData(8, 0, false)]
    public void Manifests_of_forms_and_compressions_that_there_are_not_do_not_open(byte tag, byte compression, bool opens)
    {
        byte[] manifest = [.. new byte[16], 5, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0];
        var forged = Forge(new EnvelopeTerms(null, TimeSpan.FromSeconds(9), IsManifest: true), [tag, compression, .. manifest]);
        using var scratch = new PooledBuffer();

        Assert.Equal(opens ? OpenOutcome.Opened : OpenOutcome.Malformed, _process.Codec.Open(s_address, forged, Process.Plain, default, 1000, scratch, out var opened, out var read));
        Assert.Equal(opens, read is not null);
        Assert.Equal(opens ? (ValueTag)tag : ValueTag.None, opened.Tag);
        Assert.Equal(opens ? TimeSpan.FromSeconds(9) : null, opened.Sliding);
        Assert.Equal(compression == 1, read?.IsCompressed ?? false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tags_that_are_cut_short_do_not_open(bool isManifest)
    {
        var forged = Forge(new EnvelopeTerms(null, null, Tags: new byte[1], IsManifest: isManifest), [5, 0, 100, 0, .. new byte[40]]);
        using var scratch = new PooledBuffer();

        Assert.Equal(OpenOutcome.Malformed, _process.Codec.Open(s_address, forged, Process.Plain, default, 1000, scratch, out _, out _));
    }

    [Fact]
    public void The_terms_of_a_manifest_are_told_with_it()
    {
        using var buffer = new PooledBuffer();
        using var scratch = new PooledBuffer();
        var (deadline, fresh) = (_process.Clock.GetUtcNow().AddHours(1), _process.Clock.GetUtcNow().AddMinutes(1));
        var manifest = _process.Codec.CreateManifest(new UnsealedValue(new byte[10], ValueTag.Json, IsCompressed: true, IsEncrypted: true, SealedLength: 100), partLength: 4);
        _process.Codec.SealManifest(s_address, manifest, new EnvelopeTerms(deadline, TimeSpan.FromSeconds(9), new byte[16], fresh, new byte[] { 7 }), buffer);

        Assert.Equal(OpenOutcome.Opened, _process.Codec.Open(s_address, buffer.WrittenMemory, EntryFormat.Default, _process.Clock.GetUtcNow(), 10, scratch, out var opened, out var read));
        Assert.Equal(new OpenedEnvelope(ValueTag.Json, default, deadline, TimeSpan.FromSeconds(9), default, fresh), opened with { Generations = default, Tags = default });
        Assert.Equal((16, 1), (opened.Generations.Length, opened.Tags.Length));
        Assert.Equal(manifest with { Secret = null }, read! with { Secret = null });
        Assert.Equal(manifest.Secret, read.Secret);
    }

    [Fact]
    public void Chunks_inflate_to_what_was_compressed_or_to_nothing()
    {
        var value = new byte[5_000];
        using var inflated = EnvelopeCodec.Inflate(Sequence(Brotli(value)));
        Assert.Equal(value, inflated!.ToSequence().ToArray());

        Assert.Null(EnvelopeCodec.Inflate(Sequence([1, 2, 3])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_options_say_counts_where_the_format_says_nothing(bool on)
    {
        using var process = new Process(options: new MemcachedOptions { Encrypt = on, Compress = on });
        var envelope = process.Seal(s_address, new string('a', 2_000));

        Assert.Equal(on ? 1 : 0, envelope[1] & 1);
        Assert.Equal(on, envelope.Length < 1_000);
        Assert.Equal(on ? OpenOutcome.NotEncrypted : OpenOutcome.Opened, process.Open(s_address, process.Seal(s_address, "v", Process.Plain)));
    }

    [Fact]
    public void Values_are_written_as_they_would_be_sealed_and_read_in_pieces()
    {
        using var buffer = new PooledBuffer();
        var format = new EntryFormat { Serializer = new Upper() };

        Assert.Equal(ValueTag.Custom, _process.Codec.Write("text", format, buffer));
        Assert.Equal("TEXT"u8, buffer.WrittenSpan);
        Assert.True(_process.Codec.TryRead<string>(ValueTag.Custom, new ReadOnlySequence<byte>(buffer.WrittenMemory), format, out var value));
        Assert.Equal("text", value);
        Assert.False(_process.Codec.TryRead<string>(ValueTag.Custom, new ReadOnlySequence<byte>(buffer.WrittenMemory), EntryFormat.Default, out _));
    }

    [Fact]
    public void The_resolver_that_the_application_gave_is_the_one_that_is_asked()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { TypeInfoResolver = JsonTypeInfoResolver.Combine() } });

        Assert.Throws<NotSupportedException>(() => process.Seal(s_address, new[] { 1.5 }));
    }

    [Fact]
    public void Each_reason_is_logged_with_its_name_and_count_and_then_not_for_ten_seconds()
    {
        var (clock, log) = (new SetClock(), new RecordedLog());
        var unopenable = new UnopenableLog(clock, CacheMetrics.Unlistened, log);
        foreach (var outcome in Enum.GetValues<OpenOutcome>())
        {
            for (var i = 0; i < 3; i++)
            {
                unopenable.Add(outcome);
            }
        }

        // Opened ones are never added; told apart by name are those that an operator can do something about.
        Assert.Equal(["malformed", "tampered", "newer_revision", "not_encrypted", "malformed"], log.Lines.Select(static line => Reason(line.Text)), StringComparer.Ordinal);
        Assert.All(log.Lines, static line => Assert.Contains("1", line.Text, StringComparison.Ordinal));
        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        unopenable.Add(OpenOutcome.Tampered);
        Assert.Equal(5, log.Lines.Count);
        clock.Advance(TimeSpan.FromTicks(1));
        unopenable.Add(OpenOutcome.Tampered);
        Assert.Contains("4", log.Lines.Last().Text, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(10));
        unopenable.Add(OpenOutcome.Tampered);
        Assert.DoesNotContain("4", log.Lines.Last().Text, StringComparison.Ordinal);

        static string Reason(string text) => Array.Find(["malformed", "tampered", "newer_revision", "not_encrypted", "expired", "chunk_missing", "foreign_key_ring"], text.Contains) ?? text;
    }

    /// <summary>A plain entry whose digest is right, as whoever controls the server can make one.</summary>
    private static byte[] Forge(in EnvelopeTerms terms, byte[] inner)
    {
        using var buffer = new PooledBuffer();
        EnvelopeLayout.WriteHeader(terms, wrappedKey: default, buffer);
        var digest = new byte[EnvelopeLayout.DigestLength];
        using var associated = new AssociatedData(new byte[1024], buffer.WrittenSpan, s_address);
        PlainDigest.Write(associated.Bytes, inner, digest);
        return [.. buffer.WrittenSpan, .. digest, .. inner];
    }

    private static PooledSequence Sequence(byte[] bytes)
    {
        var sequence = new PooledSequence(100);
        bytes.CopyTo(sequence.GetSpan(bytes.Length));
        sequence.Advance(bytes.Length);
        return sequence;
    }

    private static byte[] Brotli(byte[] value)
    {
        using var memory = new MemoryStream();
        using (var stream = new BrotliStream(memory, CompressionLevel.Fastest))
        {
            stream.Write(value);
        }

        return memory.ToArray();
    }

    private sealed class Upper : IValueSerializer
    {
        public void Serialize<T>(T value, IBufferWriter<byte> destination) => destination.Write(Encoding.UTF8.GetBytes(value!.ToString()!.ToUpperInvariant()));

        public T? Deserialize<T>(ReadOnlyMemory<byte> source) => (T)(object)Encoding.UTF8.GetString(source.Span).ToLowerInvariant();
    }
}
