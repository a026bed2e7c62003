using System.Buffers;
using System.IO.Compression;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Brotli at quality 1: on JSON of 1 to 4 KB it is both faster and smaller than ZLib at its fastest level, and its span calls allocate
/// nothing (benchmarks: CompressionBenchmarks).
/// </summary>
/// <remarks>
/// What is read inflates to at most 64 MiB and at most 1,024 times its stored size, and no size is claimed anywhere that memory could be taken
/// for: the buffer grows with what really comes. To keep the second limit from refusing honest values, such as a megabyte of zeros, the writer
/// pads what compresses better than that; bytes after the end of the Brotli stream are ignored.
/// </remarks>
internal static partial class Compressor
{
    public const int MaxInflated = 64 << 20;
    public const int MaxRatio = 1024;

    private const int Quality = 1;
    private const int WindowBits = 18;
    private const int FirstStep = 4096;
    private const int LargestStep = 1 << 20;

    /// <summary>Compresses what stands in <paramref name="buffer"/> from <paramref name="start"/> on, if that makes it smaller.</summary>
    public static bool TryCompress(PooledBuffer buffer, int start)
    {
        var length = buffer.Length - start;
        if (length is 0 or > MaxInflated)
        {
            return false;
        }

        if (length > LongInput)
        {
            return TryCompressInBlocks(buffer, start);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var room = rented.AsSpan(0, length - 1);
            if (!BrotliEncoder.TryCompress(buffer.WrittenSpan[start..], room, out var written, Quality, WindowBits))
            {
                return false;
            }

            var least = (length + MaxRatio - 1) / MaxRatio;
            if (written < least)
            {
                room[written..least].Clear();
                written = least;
            }

            buffer.Truncate(start);
            buffer.Write(room[..written]);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Appends what <paramref name="source"/> inflates to; false when it is no Brotli or inflates beyond the limits.</summary>
    public static bool TryInflate(ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        var left = (int)Math.Min(MaxInflated, (long)source.Length * MaxRatio);
        using var decoder = default(BrotliDecoder);
        for (var step = Math.Max(FirstStep, source.Length * 4L); ; step *= 2)
        {
            // One byte more than allowed shows whether the value ends at the limit or goes on.
            var room = destination.GetSpan((int)Math.Min(Math.Min(step, LargestStep), left + 1L));
            room = room[..(int)Math.Min(room.Length, left + 1L)];
            var status = decoder.Decompress(source, room, out var consumed, out var written);
            if (written > left)
            {
                return false;
            }

            destination.Advance(written);
            left -= written;
            source = source[consumed..];
            if (status != OperationStatus.DestinationTooSmall)
            {
                return status == OperationStatus.Done;
            }
        }
    }
}
