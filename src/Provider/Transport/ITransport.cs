namespace ScopedCaching.Memcached.Transport;

/// <summary>Opens links to one peer. Knows addresses and sockets, and nothing of what is said over them.</summary>
internal interface ITransport
{
    /// <summary>
    /// Connects, blocking the calling thread. It is called on a connection's own thread, so that no pool thread is
    /// needed to open a link (a blocked thread pool can still reach the cache).
    /// </summary>
    /// <exception cref="IOException">The peer could not be reached within <paramref name="timeout"/>.</exception>
    ILink Connect(TimeSpan timeout);
}

/// <summary>An open, ordered, bidirectional stream of bytes. One thread may receive while another sends.</summary>
internal interface ILink : IDisposable
{
    /// <summary>How long <see cref="Receive"/> waits at most.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>How long it waits while there is something to look after.</summary>
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Whether other threads have much to do before more is asked over this link: then the receiver sleeps at once and leaves them its processor. The receiver's thread only; a hint.
    /// </summary>
    bool IsBusy
    {
        set
        {
        }
    }

    /// <summary>
    /// Blocks until something has arrived. Returns the number of bytes, 0 when the peer has closed, or a negative number when
    /// nothing came for <paramref name="patience"/>, so that the receiver can look after its clock without a timer.
    /// </summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="patience"><see cref="Patience"/> or <see cref="Moment"/>.</param>
    /// <exception cref="IOException">The link failed or was disposed meanwhile.</exception>
    int Receive(Span<byte> buffer, TimeSpan patience);

    /// <summary>Blocks until all bytes were handed over.</summary>
    /// <exception cref="IOException">The link failed, was disposed meanwhile, or the peer took nothing for the send timeout.</exception>
    void Send(ReadOnlySpan<byte> bytes);
}
