using System.Buffers;
using ScopedCaching.Memcached.Buffers;

namespace Provider.Tests.Buffers;

public sealed class PooledSequenceTests
{
    [Fact]
    public void Bytes_come_back_in_order_whatever_the_steps()
    {
        using var sequence = new PooledSequence(100);
        byte[] all = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))];
        for (int at = 0, step = 1; at < all.Length; step = (step * 3 % 211) + 1)
        {
            var count = Math.Min(step, all.Length - at);
            all.AsSpan(at, count).CopyTo(sequence.GetSpan(count));
            sequence.Advance(count);
            at += count;
        }

        Assert.Equal(all.Length, sequence.Length);
        Assert.Equal(all, sequence.ToSequence().ToArray());
        Assert.False(sequence.ToSequence().IsSingleSegment);
    }

    [Fact]
    public void An_empty_one_has_no_bytes()
    {
        using var sequence = new PooledSequence(100);

        Assert.True(sequence.ToSequence().IsEmpty);
    }

    [Fact]
    public void More_than_there_is_room_for_is_not_taken()
    {
        using var sequence = new PooledSequence(100);
        var room = sequence.GetSpan(1).Length;

        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Advance(-1));
    }
}
