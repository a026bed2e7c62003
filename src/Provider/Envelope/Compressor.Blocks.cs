using System.Buffers;
using System.IO.Compression;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <content>Long values, without another piece of memory as long as they are.</content>
internal static partial class Compressor
{
    private const int LongInput = 1 << 20;

    // Judged by the first of it: what hardly gets smaller there is not worth the memory of the rest.
    private const int Probe = 1 << 20;
    private const double WorthIt = 0.9;

    private static bool TryCompressInBlocks(PooledBuffer buffer, int start)
    {
        using var blocks = new PooledSequence(LargestStep);
        using var encoder = new BrotliEncoder(Quality, WindowBits);
        var source = buffer.WrittenSpan[start..];
        var length = source.Length;
        while (true)
        {
            var isLast = source.Length <= Probe;
            var step = source[..Math.Min(Probe, source.Length)];
            OperationStatus status;
            do
            {
                status = encoder.Compress(step, blocks.GetSpan(1), out var consumed, out var written, isLast);
                blocks.Advance(written);
                step = step[consumed..];
                if (status == OperationStatus.InvalidData || blocks.Length >= length)
                {
                    return false;
                }
            }
            while (status == OperationStatus.DestinationTooSmall || step.Length > 0);

            source = source[Math.Min(Probe, source.Length)..];
            if (isLast)
            {
                break;
            }

            if (blocks.Length > (length - source.Length) * WorthIt)
            {
                return false;
            }
        }

        buffer.Truncate(start);
        foreach (var block in blocks.ToSequence())
        {
            buffer.Write(block.Span);
        }

        // As for short ones: within the reader's limit.
        var padding = ((length + MaxRatio - 1) / MaxRatio) - (int)blocks.Length;
        if (padding > 0)
        {
            buffer.GetSpan(padding)[..padding].Clear();
            buffer.Advance(padding);
        }

        return true;
    }

    /// <summary>As the other, from block to block.</summary>
    public static bool TryInflate(PooledSequence source, PooledSequence destination)
    {
        var left = (int)Math.Min(MaxInflated, source.Length * MaxRatio);
        using var decoder = default(BrotliDecoder);
        var status = OperationStatus.NeedMoreData;
        foreach (var block in source.ToSequence())
        {
            var input = block.Span;
            do
            {
                var room = destination.GetSpan(1);
                room = room[..(int)Math.Min(room.Length, left + 1L)];
                status = decoder.Decompress(input, room, out var consumed, out var written);
                if (written > left)
                {
                    return false;
                }

                destination.Advance(written);
                left -= written;
                input = input[consumed..];
            }
            while (status == OperationStatus.DestinationTooSmall);

            if (status != OperationStatus.NeedMoreData)
            {
                break;
            }
        }

        return status == OperationStatus.Done;
    }
}
