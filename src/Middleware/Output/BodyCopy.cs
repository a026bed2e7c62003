namespace ScopedCaching.Output;

/// <summary>A copy of a response's body, as long as somebody wants it.</summary>
/// <param name="limit">A body above it is not kept.</param>
/// <param name="begin">Called before the first byte or flush goes on, while the response's head can still be read as the endpoint made it.</param>
/// <param name="tooLarge">Called when the body passes the limit.</param>
internal sealed class BodyCopy(long limit, Action begin, Action tooLarge)
{
    private const int Initial = 16 * 1024;

    // An array of its own, never a rented one: who goes on writing after the end of its response must not write into another's.
    private byte[]? _buffer;
    private int _length;
    private bool _keeps = true;

    /// <summary>How many bytes were written, as long as they are kept.</summary>
    public int Length => _length;

    /// <summary>What was written, as long as it is kept.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _keeps ? _length : 0);

    public void Begin() => begin();

    public void Add(ReadOnlySpan<byte> written)
    {
        begin();
        if (!_keeps)
        {
            return;
        }

        if (_length + (long)written.Length > limit)
        {
            Drop();
            tooLarge();
            return;
        }

        var needed = _length + written.Length;
        if (_buffer is null || _buffer.Length < needed)
        {
            Array.Resize(ref _buffer, Math.Max(Math.Max(needed, Initial), (int)Math.Min(2L * _length, Array.MaxLength)));
        }

        written.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
    }

    /// <summary>A copy of what was written; null when it is not kept any more.</summary>
    public byte[]? ToArray() => _keeps ? _buffer.AsSpan(0, _length).ToArray() : null;

    /// <summary>Keeps nothing from now on.</summary>
    public void Drop() => (_keeps, _buffer) = (false, null);
}
