using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Takes lines and exact numbers of bytes from a link, however the bytes arrive. It blocks its thread, so it needs no state
/// between the pieces of a reply. However slowly they come, <c>onTick</c> is called at least every <see cref="ILink.Patience"/>; before it
/// waits, the callers whose replies are there go on. One thread only.
/// </summary>
internal sealed class ReplyReader(ILink link, ReleaseQueue callers, Action onTick)
{
    private const int BufferSize = 64 << 10;
    private const int LongestLine = 8 << 10;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _start;
    private int _end;

    /// <summary>The next line without its CR LF, valid until the next call.</summary>
    /// <exception cref="MemcachedProtocolException">No line ends where a line must.</exception>
    /// <exception cref="IOException">The link ended.</exception>
    public ReadOnlySpan<byte> ReadLine()
    {
        var searched = 0;
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var end = unread[searched..].IndexOf("\r\n"u8);
            if (end >= 0)
            {
                end += searched;
                _start += end + 2;
                return unread[..end];
            }

            if (unread.Length > LongestLine)
            {
                throw new MemcachedProtocolException("The server sent a line without an end.");
            }

            searched = Math.Max(0, unread.Length - 1);
            Fill();
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the next bytes.</summary>
    public void ReadExactly(Span<byte> destination)
    {
        var buffered = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(destination);
        _start += buffered;
        destination = destination[buffered..];
        while (destination.Length > 0)
        {
            // A long rest goes straight to its place.
            destination = destination[Receive(destination)..];
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            // Keep room for at least a longest line; the rest of a value is read past this buffer.
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        _end += Receive(_buffer.AsSpan(_end));
    }

    private int Receive(Span<byte> destination)
    {
        callers.GoOn();
        link.IsBusy = callers.AreMany;
        while (true)
        {
            var count = link.Receive(destination, callers.Patience);
            if (count < 0)
            {
                callers.Help();
            }

            onTick();
            if (count > 0)
            {
                return count;
            }

            if (count == 0)
            {
                throw new IOException("The server closed the connection.");
            }
        }
    }
}
