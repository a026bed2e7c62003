using System.Buffers;

namespace ScopedCaching.Memcached.Buffers;

/// <summary>A growing buffer on rented memory. Its owner is whoever created it; disposing gives the memory back.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int KeptCapacity = 64 << 10;

    // One a thread, for synchronous work; who works inside the other's work gets a new one.
    [ThreadStatic]
    private static PooledBuffer? t_idle;

    private byte[] _array;

    public PooledBuffer(int capacity = 0) => _array = capacity == 0 ? [] : ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>An empty buffer for work that ends on this thread, without an await in between; ends with <see cref="ReturnToThread"/>.</summary>
    public static PooledBuffer RentFromThread()
    {
        var buffer = t_idle ?? new PooledBuffer();
        t_idle = null;
        return buffer;
    }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Length);

    /// <summary>The written bytes for changing in place (encryption works in place).</summary>
    public Span<byte> WrittenForUpdate => _array.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Length);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_array.AsSpan(Length));
        Length += bytes.Length;
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _array[Length++] = value;
    }

    /// <summary>Forgets what was written and keeps the memory.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets what was written after <paramref name="length"/>.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Gives back memory above <paramref name="capacity"/>, so that one large value does not stay rented for ever.</summary>
    public void ShrinkTo(int capacity)
    {
        if (Length == 0 && _array.Length > capacity)
        {
            Release();
        }
    }

    /// <summary>The end of what <see cref="RentFromThread"/> began.</summary>
    public void ReturnToThread()
    {
        Clear();
        ShrinkTo(KeptCapacity);
        t_idle = this;
    }

    public void Dispose()
    {
        Length = 0;
        Release();
    }

    private void Reserve(int sizeHint)
    {
        if (_array.Length - Length < Math.Max(sizeHint, 1))
        {
            Grow(sizeHint);
        }
    }

    private void Grow(int sizeHint)
    {
        var wanted = Math.Max(checked(Length + Math.Max(sizeHint, 1)), Math.Max(256, (int)Math.Min(_array.Length * 2L, Array.MaxLength)));
        var larger = ArrayPool<byte>.Shared.Rent(wanted);
        _array.AsSpan(0, Length).CopyTo(larger);
        Release();
        _array = larger;
    }

    private void Release()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = [];
    }
}
