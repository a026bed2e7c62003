using System.Buffers;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>A value that stood in chunks: whole, authentic, in memory of its own. Disposing gives that back.</summary>
internal sealed class LargeValue(ValueTag tag, PooledSequence bytes, DateTimeOffset? deadline) : IDisposable
{
    public ValueTag Tag => tag;

    public ReadOnlySequence<byte> Bytes => bytes.ToSequence();

    public DateTimeOffset? Deadline => deadline;

    public EntryPayload ToPayload() => new((byte)tag, Bytes.ToArray());

    public void Dispose() => bytes.Dispose();
}
