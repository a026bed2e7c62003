namespace ScopedCaching.Memcached.Embedded;

/// <summary>
/// A value on its way in, and the CR LF behind it. A long one is given memory as it arrives, not as it is announced.
/// </summary>
internal sealed class ValueBuffer
{
    private const int FirstStep = 64 * 1024;
    private byte[] _value = [];
    private int _length;
    private int _taken;
    private byte _beforeLast;
    private byte _last;

    /// <summary>Whether value and both bytes behind it are here.</summary>
    public bool IsComplete => _taken == _length + 2;

    /// <summary>Whether the two bytes behind the value are CR LF.</summary>
    public bool IsTerminated => _beforeLast == (byte)'\r' && _last == (byte)'\n';

    public void Begin(int length)
    {
        _length = length;
        _taken = 0;
        _value = length == 0 ? [] : new byte[Math.Min(length, FirstStep)];
    }

    /// <summary>Takes what belongs to the value, and says how many bytes that was.</summary>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var ofValue = Math.Min(bytes.Length, Math.Max(0, _length - _taken));
        if (ofValue > 0)
        {
            MakeRoomFor(_taken + ofValue);
            bytes[..ofValue].CopyTo(_value.AsSpan(_taken));
            _taken += ofValue;
        }

        var consumed = ofValue;
        while (consumed < bytes.Length && !IsComplete)
        {
            _beforeLast = _last;
            _last = bytes[consumed++];
            _taken++;
        }

        return consumed;
    }

    /// <summary>Hands the value over; the buffer forgets it.</summary>
    public byte[] Release()
    {
        var value = _value;
        _value = [];
        return value;
    }

    private void MakeRoomFor(int count)
    {
        if (count > _value.Length)
        {
            Array.Resize(ref _value, (int)Math.Min(_length, Math.Max(count, 2L * _value.Length)));
        }
    }
}
