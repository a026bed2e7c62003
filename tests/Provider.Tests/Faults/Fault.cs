namespace Provider.Tests.Faults;

/// <summary>What happens to the bytes that come along one way.</summary>
internal abstract class Fault
{
    public static Fault None { get; } = new PassOn();

    /// <summary>Does to <paramref name="bytes"/>, the next of the stream, what the fault does, and sends what is left of them.</summary>
    public abstract void Pass(Passage passage, Span<byte> bytes);

    /// <summary>Every packet takes so much longer.</summary>
    public static Fault Delay(TimeSpan time) => new Late(time);

    /// <summary>Nothing passes while the fault lasts; then everything does.</summary>
    public static Fault Stall() => new Stalled();

    /// <summary>Nothing passes any more on connections that spoke under this fault, for ever: a half-open connection.</summary>
    public static Fault Lose() => new Lost();

    /// <summary>Nothing; the bytes are counted.</summary>
    public static CountedBytes Count() => new();

    /// <summary>The connection on which they come ends once so many bytes have passed: by a reset, or in order. Then nothing more happens.</summary>
    public static Fault CutAfter(long bytes, bool resets) => new CutOnce(bytes, resets);

    /// <summary>Each connection ends after some bytes, at most so many a packet.</summary>
    public static Fault CutWithin(int most, bool resets) => new CutOften(most, resets);

    /// <summary>One byte at a time.</summary>
    public static Fault Drip(TimeSpan pause) => new Dripping(pause);

    /// <summary>Once so many bytes have passed a bit of the next one is turned.</summary>
    public static Fault FlipAfter(long bytes, int bit) => new FlippedOnce(bytes, bit);

    /// <summary>About one byte of so many has a bit turned.</summary>
    public static Fault FlipOneOf(int bytes) => new FlippedOften(bytes);

    /// <summary>A piece of every so manieth packet comes twice.</summary>
    public static Fault DuplicateOneOf(int packets) => new Doubled(packets);

    /// <summary>Two halves of every so manieth packet change places.</summary>
    public static Fault SwapOneOf(int packets) => new Swapped(packets);

    /// <summary>Every so manieth packet does not arrive at all.</summary>
    public static Fault DropOneOf(int packets) => new Dropped(packets);

    /// <summary>Where some line begins.</summary>
    private static int LineStart(Passage passage, ReadOnlySpan<byte> bytes)
    {
        var from = passage.Random.Next(bytes.Length);
        var end = bytes[from..].IndexOf((byte)'\n');
        return end < 0 || from + end + 1 == bytes.Length ? 0 : from + end + 1;
    }

    private sealed class PassOn : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes) => passage.Send(bytes);
    }

    private sealed class Late(TimeSpan time) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            passage.Wait(this, time);
            passage.Send(bytes);
        }
    }

    private sealed class Stalled : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            passage.Wait(this, time: null);
            passage.Send(bytes);
        }
    }

    private sealed class Lost : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes) => passage.Die();
    }

    private sealed class CutOften(int most, bool resets) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var left = passage.Random.Next(most);
            passage.Send(bytes[..Math.Min(left, bytes.Length)]);
            if (left < bytes.Length)
            {
                passage.End(resets);
            }
        }
    }

    private sealed class CutOnce(long after, bool resets) : Fault
    {
        private long _left = after;

        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var left = _left;
            _left -= bytes.Length;
            if (left < 0 || left > bytes.Length)
            {
                passage.Send(bytes);
                return;
            }

            _left = -1;
            passage.Send(bytes[..(int)left]);
            passage.End(resets);
        }
    }

    private sealed class Dripping(TimeSpan pause) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var sent = 0;
            for (; sent < bytes.Length && passage.IsUnder(this); sent++)
            {
                passage.Send(bytes.Slice(sent, 1));
                passage.Wait(this, pause);
            }

            passage.Send(bytes[sent..]);
        }
    }

    private sealed class FlippedOnce(long after, int bit) : Fault
    {
        private long _left = after;

        public override void Pass(Passage passage, Span<byte> bytes)
        {
            if (_left >= 0 && _left < bytes.Length)
            {
                bytes[(int)_left] ^= (byte)(1 << bit);
            }

            _left -= bytes.Length;
            passage.Send(bytes);
        }
    }

    private sealed class FlippedOften(int oneOf) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            for (var at = passage.Random.Next(oneOf); at < bytes.Length; at += 1 + passage.Random.Next(2 * oneOf))
            {
                bytes[at] ^= (byte)(1 << passage.Random.Next(8));
            }

            passage.Send(bytes);
        }
    }

    private sealed class Doubled(int oneOf) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            if (passage.Random.Next(oneOf) > 0)
            {
                passage.Send(bytes);
                return;
            }

            // Pieces that begin and end anywhere, or whole lines: those still make sense.
            var isWhole = passage.Random.Next(2) == 0;
            var from = isWhole ? LineStart(passage, bytes) : passage.Random.Next(bytes.Length);
            var to = isWhole ? bytes.Length : passage.Random.Next(from, bytes.Length) + 1;
            passage.Send(bytes[..to]);
            passage.Send(bytes[from..]);
        }
    }

    private sealed class Dropped(int oneOf) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            if (passage.Random.Next(oneOf) > 0)
            {
                passage.Send(bytes);
            }
        }
    }

    private sealed class Swapped(int oneOf) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var at = passage.Random.Next(oneOf) > 0 ? 0 : passage.Random.Next(2) == 0 ? LineStart(passage, bytes) : passage.Random.Next(bytes.Length);
            passage.Send(bytes[at..]);
            passage.Send(bytes[..at]);
        }
    }
}

/// <summary>Counts what passes.</summary>
internal sealed class CountedBytes : Fault
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public override void Pass(Passage passage, Span<byte> bytes)
    {
        Interlocked.Add(ref _bytes, bytes.Length);
        passage.Send(bytes);
    }
}
