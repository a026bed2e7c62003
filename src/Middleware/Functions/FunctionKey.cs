using System.Buffers;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ScopedCaching.Functions;

/// <summary>Adds a value to a key.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate void FunctionKeyPart<in T>(ref FunctionKey key, T part);

/// <summary>
/// Builds the key of a call: the function's own text, then its parts. A part starts with a letter for its type and says where it ends, so that no two lists
/// of parts are the same text, and 1, "1", true and 1.0 differ. Nothing depends on the culture. Called by generated code only; not thread-safe.
/// <code>
/// null _ · string s&lt;length&gt;:&lt;text&gt; · char c&lt;char&gt; · bool b0 b1 · integers i&lt;digits&gt;; · float f&lt;digits&gt;; · double d…; · Half h…; · decimal m…;
/// Guid g&lt;32 digits&gt; · UTC T&lt;ticks&gt;; · local time of no zone U…; · DateOnly D&lt;days&gt;; · TimeOnly O…; · TimeSpan P…; · bytes x&lt;length&gt;:&lt;base64&gt;
/// one's own k&lt;type&gt;&lt;text&gt;, both as strings · sequence [ parts ] · set { sorted parts } · dictionary &lt; sorted pairs &gt; · tuple ( parts )
/// </code>
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref partial struct FunctionKey
{
    /// <summary>How much room to give on the stack.</summary>
    public const int StackLength = 128;

    /// <summary>A longer key keeps its start, and a hash stands for its parts.</summary>
    internal const int LongestKey = 256;

    private char[]? _rented;
    private Span<char> _buffer;
    private int _length;
    private int _partsAt;

    /// <summary>Starts with room on the caller's stack.</summary>
    public FunctionKey(Span<char> room) => _buffer = room;

    /// <summary>Text as it is; only what the generator wrote, or the application's own key.</summary>
    public void Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Copy(text);
        _partsAt = _partsAt == 0 ? _length : _partsAt;
    }

    /// <summary>The key. To be called once, last.</summary>
    public string Build()
    {
        var written = _buffer[.._length];
        var key = _length <= LongestKey ? new string(written) : string.Concat(written[.._partsAt], "#", Hash(written[_partsAt..]));
        if (_rented is not null)
        {
            ArrayPool<char>.Shared.Return(_rented);
            _rented = null;
        }

        return key;
    }

    /// <summary>Where something nested starts or ends.</summary>
    public void Mark(char mark)
    {
        if ((uint)_length >= (uint)_buffer.Length)
        {
            Grow(1);
        }

        _buffer[_length++] = mark;
    }

    /// <summary>A null.</summary>
    public void AddNull() => Mark('_');

    private static string Hash(ReadOnlySpan<char> parts)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(parts), hash);
        return System.Buffers.Text.Base64Url.EncodeToString(hash);
    }

    private void Number<T>(char mark, T value)
        where T : ISpanFormattable
    {
        Mark(mark);
        int written;
        while (!value.TryFormat(_buffer[_length..], out written, default, CultureInfo.InvariantCulture))
        {
            Grow(_buffer.Length - _length + 1);
        }

        _length += written;
        Mark(';');
    }

    private void Copy(string text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    private Span<char> Room(int length)
    {
        if (_buffer.Length - _length < length)
        {
            Grow(length);
        }

        return _buffer[_length..];
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<char>.Shared.Rent(Math.Max(checked(_length + length), _buffer.Length * 2));
        _buffer[.._length].CopyTo(larger);
        if (_rented is not null)
        {
            ArrayPool<char>.Shared.Return(_rented);
        }

        _buffer = _rented = larger;
    }
}
