using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Transport;

/// <summary>A link over which bytes arrive in small pieces, with nothing at all between them.</summary>
internal sealed class PiecemealLink(ILink inner, int size) : ILink
{
    private bool _isPause;

    /// <summary>How often somebody waited for bytes.</summary>
    public int Waits { get; private set; }

    public int Receive(Span<byte> buffer, TimeSpan patience)
    {
        Waits++;
        _isPause = !_isPause;
        return _isPause ? -1 : inner.Receive(buffer[..Math.Min(size, buffer.Length)], patience);
    }

    public void Send(ReadOnlySpan<byte> bytes) => inner.Send(bytes);

    public void Dispose() => inner.Dispose();
}
