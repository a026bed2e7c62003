using System.Buffers;
using System.Globalization;

namespace ScopedCaching;

/// <summary>
/// Writes an interpolated key. The compiler says beforehand how much comes, so the text is made with the last part, and nothing but the text leaves: a key
/// that is copied shares no buffer.
/// </summary>
/// <remarks>
/// How a key is read back, which is why no two lists of texts give the same one: a hole ends where the first separator stands, and no hole contains its
/// own. The separator is the first character of the literal between two holes that no hole ever contains; else its first character that can be escaped in the hole
/// before it, where it then is no more; else a boundary that is put there. The last hole ends where the literal after it begins, counted from the end of the key.
/// </remarks>
internal sealed class CacheKeyWriter
{
    private const string NullHole = "%null";
    private const char Boundary = '|';
    private const char Unsafe = '\0';
    private const int MostKept = 4096;

    private static readonly string s_ascii = string.Concat(Enumerable.Range(0, 128).Select(static c => (char)c));

    /// <summary>What is escaped in every hole.</summary>
    private static readonly SearchValues<char> s_unsafe =
        SearchValues.Create([.. s_ascii.Where(static c => !char.IsAsciiLetterOrDigit(c) && !"-_.@+~".Contains(c, StringComparison.Ordinal))]);

    /// <summary>What no hole contains: all that is escaped but what escapes begin with.</summary>
    private static readonly SearchValues<char> s_separators = SearchValues.Create([.. s_ascii.Where(static c => c != '%' && s_unsafe.Contains(c))]);

    /// <summary>What would still be there after it was escaped: <c>0</c> is in <c>%30</c>, but <c>-</c> is not in <c>%2D</c>.</summary>
    private static readonly SearchValues<char> s_inEscapesOfTheirOwn = SearchValues.Create("%0123456789");

    [ThreadStatic]
    private static CacheKeyWriter? t_spare;

    private char[] _text = new char[256];
    private string? _whole;
    private int _length;
    private int _holeStart;
    private int _holeEnd;
    private int _literalLeft;
    private int _holesLeft;

    /// <summary>A writer of one's own until its text is made; a hole may await, or make another key.</summary>
    public static CacheKeyWriter Rent(int literalLength, int holes)
    {
        var writer = t_spare ?? new CacheKeyWriter();
        t_spare = null;
        (writer._length, writer._holeStart, writer._holeEnd, writer._whole) = (0, -1, -1, null);
        (writer._literalLeft, writer._holesLeft) = (literalLength, holes);
        return writer;
    }

    /// <summary>Appends a part of the template. Returns the text with the last part, else this writer.</summary>
    public object Literal(string literal)
    {
        _literalLeft -= literal.Length;
        Append(literal, literal);
        return Next();
    }

    /// <summary>Appends a hole of null, which differs from every text.</summary>
    public object Null()
    {
        BeginHole();
        Append(NullHole, same: null);
        return EndHole(escape: false);
    }

    /// <summary>Appends a hole of text.</summary>
    /// <param name="value">The text.</param>
    /// <param name="same">The same as a string, to be the key itself if that is all there is to it.</param>
    public object Hole(scoped ReadOnlySpan<char> value, string? same)
    {
        BeginHole();
        Append(value, same);
        return EndHole(escape: true);
    }

    /// <summary>Appends a hole of a formatted value.</summary>
    public object Hole<T>(T value, string? format)
        where T : ISpanFormattable?
    {
        BeginHole();
        _whole = null;
        if (string.IsNullOrEmpty(format))
        {
            format = DefaultFormat<T>();
        }

        int written;
        while (!TryFormat(value, format, _text.AsSpan(_length), out written))
        {
            Array.Resize(ref _text, _text.Length * 2);
        }

        _length += written;
        return EndHole(escape: true);
    }

    /// <summary>The text of a key whose parts never came in full. The compiler's always do.</summary>
    public string Unfinished() => new(_text, 0, _length);

    // What a date or a time gives by default leaves out fractions and offset.
    private static string? DefaultFormat<T>() =>
        typeof(T) == typeof(DateTime) || typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateOnly) || typeof(T) == typeof(TimeOnly) ? "O" : null;

    private static bool TryFormat<T>(T value, string? format, Span<char> destination, out int written)
        where T : ISpanFormattable?
    {
        if (!typeof(T).IsEnum)
        {
            return value!.TryFormat(destination, out written, format, CultureInfo.InvariantCulture);
        }

        // An enum inherits its TryFormat, and would be boxed to call it; the platform's handler has a way around.
        var handler = new MemoryExtensions.TryWriteInterpolatedStringHandler(0, 1, destination, CultureInfo.InvariantCulture, out _);
        handler.AppendFormatted(value, format);
        return destination.TryWrite(CultureInfo.InvariantCulture, ref handler, out written);
    }

    private static bool IsEscaped(char c, char separator) => separator == Unsafe ? s_unsafe.Contains(c) : c == separator;

    private static int EscapeLength(char c) => c < 128 ? 3 : 6;

    private void BeginHole()
    {
        _holesLeft--;
        if (_holeStart >= 0)
        {
            DivideFromHoleBefore();
        }

        _holeStart = _length;
    }

    private void DivideFromHoleBefore()
    {
        var between = _text.AsSpan(_holeEnd, _length - _holeEnd);
        if (between.ContainsAny(s_separators))
        {
            return;
        }

        var at = between.IndexOfAnyExcept(s_inEscapesOfTheirOwn);
        if (at >= 0)
        {
            EscapeHole(between[at]);
            return;
        }

        Reserve(1);
        _text.AsSpan(_holeEnd, _length - _holeEnd).CopyTo(_text.AsSpan(_holeEnd + 1));
        _text[_holeEnd] = Boundary;
        _length++;
    }

    private object EndHole(bool escape)
    {
        _holeEnd = _length;
        if (escape && _text.AsSpan(_holeStart, _holeEnd - _holeStart).ContainsAny(s_unsafe))
        {
            EscapeHole(Unsafe);
        }

        return Next();
    }

    // In place and from the end, so that nothing is overwritten before it was read.
    private void EscapeHole(char separator)
    {
        var added = 0;
        foreach (var c in _text.AsSpan(_holeStart, _holeEnd - _holeStart))
        {
            added += IsEscaped(c, separator) ? EscapeLength(c) - 1 : 0;
        }

        Reserve(added);
        _text.AsSpan(_holeEnd, _length - _holeEnd).CopyTo(_text.AsSpan(_holeEnd + added));
        var to = _holeEnd + added;
        for (var from = _holeEnd - 1; from >= _holeStart; from--)
        {
            var c = _text[from];
            if (IsEscaped(c, separator))
            {
                to -= EscapeLength(c);
                WriteEscape(c, _text.AsSpan(to, EscapeLength(c)));
            }
            else
            {
                _text[--to] = c;
            }
        }

        _length += added;
        _holeEnd += added;
        _whole = null;
    }

    private static void WriteEscape(char c, Span<char> destination)
    {
        destination[0] = '%';
        if (c >= 128)
        {
            destination[1] = 'u';
        }

        ((int)c).TryFormat(destination[(c < 128 ? 1 : 2)..], out _, c < 128 ? "X2" : "X4", CultureInfo.InvariantCulture);
    }

    private void Append(scoped ReadOnlySpan<char> text, string? same)
    {
        _whole = _length == 0 ? same : text.IsEmpty ? _whole : null;
        Reserve(text.Length);
        text.CopyTo(_text.AsSpan(_length));
        _length += text.Length;
    }

    private void Reserve(int more)
    {
        if (_text.Length - _length < more)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + more));
        }
    }

    private object Next()
    {
        if (_literalLeft != 0 || _holesLeft != 0)
        {
            return this;
        }

        var text = _whole ?? new string(_text, 0, _length);
        _whole = null;
        if (_text.Length <= MostKept)
        {
            t_spare = this;
        }

        return text;
    }
}
