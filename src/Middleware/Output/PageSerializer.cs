using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Memcached;

namespace ScopedCaching.Output;

/// <summary>
/// Responses as bytes, all numbers little-endian:
/// <code>
/// revision (1) · created, UTC ticks (8), 0 for uncacheable · headers (4) · each: name, values (4), each value · the rest is the body
/// text: bytes (4) · UTF-8
/// </code>
/// </summary>
internal sealed class PageSerializer : IValueSerializer
{
    private const byte Revision = 1;

    private readonly bool _leases;

    private PageSerializer(bool leases) => _leases = leases;

    /// <summary>Of <see cref="CachedPage"/>.</summary>
    public static PageSerializer Instance { get; } = new(leases: false);

    /// <summary>Reads the same as a <see cref="LeasedPage"/>.</summary>
    public static PageSerializer Leasing { get; } = new(leases: true);

    public void Serialize<T>(T value, IBufferWriter<byte> destination)
    {
        if (value is not CachedPage page)
        {
            throw new NotSupportedException("Only responses are written here.");
        }

        var start = destination.GetSpan(1 + sizeof(long));
        start[0] = Revision;
        BinaryPrimitives.WriteInt64LittleEndian(start[1..], page.IsUncacheable ? 0 : page.CreatedAt.UtcTicks);
        destination.Advance(1 + sizeof(long));
        WriteNumber(page.Headers.Length, destination);
        foreach (var (name, values) in page.Headers)
        {
            WriteText(name, destination);
            WriteNumber(values.Count, destination);
            foreach (var value1 in values)
            {
                WriteText(value1 ?? "", destination);
            }
        }

        destination.Write(page.Body.Span);
    }

    /// <summary>What does not read as written throws, and is a miss.</summary>
    public T? Deserialize<T>(ReadOnlyMemory<byte> source)
    {
        var reader = new Reader(source.Span);
        if (reader.Byte() != Revision)
        {
            throw new FormatException("Another revision.");
        }

        var created = reader.Long();
        if (created == 0)
        {
            return Result<T>(CachedPage.Uncacheable, rented: null);
        }

        var headers = new KeyValuePair<string, StringValues>[reader.Count()];
        for (var i = 0; i < headers.Length; i++)
        {
            var name = reader.Text();
            var count = reader.Count();
            headers[i] = new(name, count == 1 ? reader.Text() : reader.Texts(count));
        }

        var rented = _leases ? ArrayPool<byte>.Shared.Rent(reader.Rest.Length) : null;
        var body = rented ?? GC.AllocateUninitializedArray<byte>(reader.Rest.Length);
        reader.Rest.CopyTo(body);
        return Result<T>(new CachedPage(new DateTimeOffset(created, TimeSpan.Zero), headers, body.AsMemory(0, reader.Rest.Length)), rented);
    }

    private static T Result<T>(CachedPage page, byte[]? rented)
    {
        if (typeof(T) != typeof(LeasedPage))
        {
            return (T)(object)page;
        }

        var leased = new LeasedPage(page, rented);
        return Unsafe.As<LeasedPage, T>(ref leased);
    }

    private static void WriteNumber(int number, IBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), number);
        destination.Advance(sizeof(int));
    }

    private static void WriteText(string text, IBufferWriter<byte> destination)
    {
        WriteNumber(Encoding.UTF8.GetByteCount(text), destination);
        Encoding.UTF8.GetBytes(text, destination);
    }

    private ref struct Reader(ReadOnlySpan<byte> source)
    {
        private ReadOnlySpan<byte> _rest = source;

        public readonly ReadOnlySpan<byte> Rest => _rest;

        public byte Byte() => Take(1)[0];

        public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

        // Each of what is counted takes at least its length.
        public int Count()
        {
            var count = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
            return count >= 0 && count <= _rest.Length / sizeof(int) ? count : throw new FormatException("A count is not possible.");
        }

        public string Text() => Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)))));

        public string[] Texts(int count)
        {
            var texts = new string[count];
            for (var i = 0; i < count; i++)
            {
                texts[i] = Text();
            }

            return texts;
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            var taken = _rest[..length];
            _rest = _rest[length..];
            return taken;
        }
    }
}
