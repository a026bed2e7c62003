namespace Provider.Tests.Faults;

/// <summary>What happens to the bytes that come along one way. Positions count the bytes of one direction of one connection. Immutable.</summary>
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

    /// <summary>The connection ends once so many bytes have passed: by a reset, or in order.</summary>
    public static Fault CutAt(long position, bool resets) => new CutOff(position, Spread: 0, resets);

    /// <summary>Each connection ends after some bytes more, at most <paramref name="most"/>.</summary>
    public static Fault CutWithin(int most, bool resets) => new CutOff(Position: 0, most, resets);

    /// <summary>One byte at a time.</summary>
    public static Fault Drip(TimeSpan pause) => new Dripping(pause);

    /// <summary>One bit of one byte is turned.</summary>
    public static Fault Flip(long position, int bit) => new FlippedOnce(position, bit);

    /// <summary>About one byte of so many has a bit turned.</summary>
    public static Fault FlipOneOf(int bytes) => new FlippedOften(bytes);

    /// <summary>A piece of every so manieth packet comes twice.</summary>
    public static Fault DuplicateOneOf(int packets) => new Doubled(packets);

    /// <summary>Two halves of every so manieth packet change places.</summary>
    public static Fault SwapOneOf(int packets) => new Swapped(packets);

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

    private sealed class CutOff(long Position, int Spread, bool Resets) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var left = Spread > 0 ? passage.Random.Next(Spread) : Position - passage.Position;
            if (left >= bytes.Length)
            {
                passage.Send(bytes);
                return;
            }

            passage.Send(bytes[..(int)Math.Max(0, left)]);
            passage.End(Resets);
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

    private sealed class FlippedOnce(long position, int bit) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var at = position - passage.Position;
            if (at >= 0 && at < bytes.Length)
            {
                bytes[(int)at] ^= (byte)(1 << bit);
            }

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

            var from = passage.Random.Next(bytes.Length);
            var to = passage.Random.Next(from, bytes.Length) + 1;
            passage.Send(bytes[..to]);
            passage.Send(bytes[from..]);
        }
    }

    private sealed class Swapped(int oneOf) : Fault
    {
        public override void Pass(Passage passage, Span<byte> bytes)
        {
            var at = passage.Random.Next(oneOf) > 0 ? 0 : passage.Random.Next(bytes.Length);
            passage.Send(bytes[at..]);
            passage.Send(bytes[..at]);
        }
    }
}
