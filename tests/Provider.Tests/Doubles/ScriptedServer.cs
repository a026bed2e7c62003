using System.Collections.Concurrent;
using System.Text;
using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Doubles;

/// <summary>
/// A server that says what the test tells it to say, in pieces the test chooses. Without a script it takes everything and answers nothing.
/// Bytes are written as Latin-1 text.
/// </summary>
internal sealed class ScriptedServer : ITransport
{
    private readonly ConcurrentQueue<ScriptedLink> _links = new();
    private volatile bool _refuses;
    private int _attempts;

    /// <summary>What a new link answers to each whole request line; null or empty: nothing.</summary>
    public Func<string, string>? Answer { get; init; }

    /// <summary>Blocks connecting until it is set.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>How often somebody tried to connect.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    public IReadOnlyList<ScriptedLink> Links => [.. _links];

    public ILink Connect(TimeSpan timeout)
    {
        Interlocked.Increment(ref _attempts);
        Open.Wait();
        if (Refuses)
        {
            throw new IOException("Connection refused.");
        }

        var link = new ScriptedLink(Answer);
        _links.Enqueue(link);
        return link;
    }

    /// <summary>The link number <paramref name="number"/>, once there is one.</summary>
    public async Task<ScriptedLink> LinkAsync(int number = 0)
    {
        await Eventually.TrueAsync(() => _links.Count > number);
        return _links.ElementAt(number);
    }
}

/// <summary>One connection to a <see cref="ScriptedServer"/>.</summary>
internal sealed class ScriptedLink(Func<string, string>? answer) : ILink
{
    private readonly object _gate = new();
    private readonly Queue<byte[]> _toSay = new();
    private readonly StringBuilder _sent = new();
    private int _answered;
    private bool _takesNothing;
    private bool _isBlocked;
    private bool _closed;
    private bool _disposed;

    /// <summary>How many of the client's lines a test has answered, which keeps account here.</summary>
    public int Spoken { get; set; }

    /// <summary>What the client has sent so far.</summary>
    public string Sent
    {
        get
        {
            lock (_gate)
            {
                return _sent.ToString();
            }
        }
    }

    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _disposed;
            }
        }
    }

    /// <summary>From now on sending blocks until the link is disposed.</summary>
    public void TakeNothing()
    {
        lock (_gate)
        {
            _takesNothing = true;
        }
    }

    /// <summary>Says each piece as one packet.</summary>
    public void Say(params IEnumerable<string> pieces)
    {
        lock (_gate)
        {
            foreach (var piece in pieces)
            {
                _toSay.Enqueue(Encoding.Latin1.GetBytes(piece));
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the stream after what was said.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    public Task SentAsync(string text) => Eventually.TrueAsync(() => Sent.Contains(text, StringComparison.Ordinal));

    /// <summary>Whether somebody sends and the link takes nothing.</summary>
    public bool IsBlocked
    {
        get
        {
            lock (_gate)
            {
                return _isBlocked;
            }
        }
    }

    public int Receive(Span<byte> buffer, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_toSay.Count == 0 && !_closed && !_disposed)
            {
                Monitor.Wait(_gate, patience);
            }

            if (_disposed)
            {
                throw new IOException("The link was disposed.");
            }

            if (!_toSay.TryPeek(out var piece))
            {
                return _closed ? 0 : -1;
            }

            _toSay.Dequeue();
            var count = Math.Min(piece.Length, buffer.Length);
            piece.AsSpan(0, count).CopyTo(buffer);
            if (count < piece.Length)
            {
                var rest = _toSay.ToArray();
                _toSay.Clear();
                _toSay.Enqueue(piece[count..]);
                Array.ForEach(rest, _toSay.Enqueue);
            }

            return count;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (_takesNothing && !_disposed)
            {
                _isBlocked = true;
                Monitor.Wait(_gate);
            }

            if (_disposed)
            {
                throw new IOException("The link was disposed.");
            }

            _sent.Append(Encoding.Latin1.GetString(bytes));
            AnswerUnderLock();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void AnswerUnderLock()
    {
        if (answer is null)
        {
            return;
        }

        var unread = _sent.ToString(_answered, _sent.Length - _answered);
        while (unread.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var end)
        {
            _answered += end + 2;
            if (answer(unread[..end]) is { Length: > 0 } reply)
            {
                Say(reply);
            }

            unread = unread[(end + 2)..];
        }
    }
}
