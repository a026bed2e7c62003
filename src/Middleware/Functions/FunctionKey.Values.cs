using System.Numerics;

namespace ScopedCaching.Functions;

/// <content>Single values. Values that are equal share a text: 1.0m and 1.00m, 0.0 and -0.0, one instant in two zones.</content>
public ref partial struct FunctionKey
{
    // Dividing by it takes trailing zeros off.
    private const decimal One = 1.0000000000000000000000000000m;

    /// <summary>A text.</summary>
    public void Add(string? part)
    {
        if (part is null)
        {
            AddNull();
            return;
        }

        Length('s', part.Length);
        Copy(part);
    }

    /// <summary>A character.</summary>
    public void Add(char part)
    {
        Mark('c');
        Mark(part);
    }

    /// <summary>A boolean.</summary>
    public void Add(bool part)
    {
        Mark('b');
        Mark(part ? '1' : '0');
    }

    /// <summary>An integer, or the number of an enum.</summary>
    public void Add(long part) => Number('i', part);

    /// <inheritdoc cref="Add(long)"/>
    public void Add(ulong part) => Number('i', part);

    /// <inheritdoc cref="Add(long)"/>
    public void Add(Int128 part) => Number('i', part);

    /// <inheritdoc cref="Add(long)"/>
    public void Add(UInt128 part) => Number('i', part);

    /// <inheritdoc cref="Add(long)"/>
    public void Add(BigInteger part) => Number('i', part);

    /// <summary>A number.</summary>
    public void Add(float part) => Number('f', part == 0 ? 0 : part);

    /// <inheritdoc cref="Add(float)"/>
    public void Add(double part) => Number('d', part == 0 ? 0 : part);

    /// <inheritdoc cref="Add(float)"/>
    public void Add(Half part) => Number('h', part == Half.Zero ? Half.Zero : part);

    /// <inheritdoc cref="Add(float)"/>
    public void Add(decimal part) => Number('m', part == 0 ? 0 : part / One);

    /// <summary>An id.</summary>
    public void Add(Guid part)
    {
        Mark('g');
        part.TryFormat(Room(32), out var written, "N");
        _length += written;
    }

    /// <summary>A time: UTC and local ones by their instant, those of no zone apart.</summary>
    public void Add(DateTime part)
    {
        if (part.Kind == DateTimeKind.Unspecified)
        {
            Number('U', part.Ticks);
            return;
        }

        Number('T', part.ToUniversalTime().Ticks);
    }

    /// <summary>An instant.</summary>
    public void Add(DateTimeOffset part) => Number('T', part.UtcTicks);

    /// <summary>A day.</summary>
    public void Add(DateOnly part) => Number('D', part.DayNumber);

    /// <summary>A time of the day.</summary>
    public void Add(TimeOnly part) => Number('O', part.Ticks);

    /// <summary>A time span.</summary>
    public void Add(TimeSpan part) => Number('P', part.Ticks);

    /// <summary>Bytes.</summary>
    public void Add(byte[]? part)
    {
        if (part is null)
        {
            AddNull();
            return;
        }

        Add((ReadOnlyMemory<byte>)part);
    }

    /// <inheritdoc cref="Add(byte[])"/>
    public void Add(Memory<byte> part) => Add((ReadOnlyMemory<byte>)part);

    /// <inheritdoc cref="Add(byte[])"/>
    public void Add(ReadOnlyMemory<byte> part)
    {
        Length('x', part.Length);
        var room = Room((part.Length + 2) / 3 * 4);
        Convert.TryToBase64Chars(part.Span, room, out var written);
        _length += written;
    }

    /// <summary>An address, as it was written.</summary>
    public void Add(Uri? part) => Add(part?.OriginalString);

    /// <summary>The application's own part.</summary>
    public void Add(ICacheKeyPart? part)
    {
        if (part is null)
        {
            AddNull();
            return;
        }

        Mark('k');
        Add(TypeNames.Of(part.GetType()));
        Add(part.CacheKeyPart);
    }

    /// <summary>A generic argument of the function or its type.</summary>
    public void AddType<T>() => Add(TypeNames.Name<T>.Text);

    private void Length(char mark, int length)
    {
        Mark(mark);
        if (length < 10)
        {
            Mark((char)('0' + length));
        }
        else
        {
            length.TryFormat(Room(11), out var written);
            _length += written;
        }

        Mark(':');
    }
}
