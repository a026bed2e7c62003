using System.Buffers;

namespace ScopedCaching.Memcached.Buffers;

/// <summary>
/// Bytes in rented blocks of equal length, for what is too long to be moved when it grows. Its owner is whoever created it; disposing gives the memory back.
/// </summary>
internal sealed class PooledSequence(int blockLength) : IDisposable
{
    private readonly List<(byte[] Array, int Length)> _blocks = [];

    public long Length { get; private set; }

    /// <summary>Room for at least <paramref name="least"/> bytes behind those that are there: in the last block, or a new one.</summary>
    public Span<byte> GetSpan(int least)
    {
        if (_blocks is not [.., var last] || last.Array.Length - last.Length < least)
        {
            last = (ArrayPool<byte>.Shared.Rent(Math.Max(blockLength, least)), 0);
            _blocks.Add(last);
        }

        return last.Array.AsSpan(last.Length);
    }

    public void Advance(int count)
    {
        var (array, length) = _blocks[^1];
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(array.Length - length), nameof(count));
        _blocks[^1] = (array, length + count);
        Length += count;
    }

    /// <summary>All bytes, in pieces that live until this is disposed.</summary>
    public ReadOnlySequence<byte> ToSequence()
    {
        Piece? first = null, last = null;
        foreach (var (array, length) in _blocks)
        {
            last = new Piece(array.AsMemory(0, length), last);
            first ??= last;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    public void Dispose()
    {
        foreach (var (array, _) in _blocks)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        _blocks.Clear();
        Length = 0;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, Piece? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
