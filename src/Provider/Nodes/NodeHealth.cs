using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Nodes;

/// <summary>
/// Whether a server is asked. After some failures in a row it is not, and callers fail at once; a probe is sent after a pause, and again after pauses that grow and stay
/// short enough that service resumes within a second of the server's return. Probes are sent whether the former ones were answered or not: a server that is back answers a fresh one.
/// While the server is down a thread of its own looks at the clock: whoever keeps the thread pool busy meanwhile does not keep the server from coming back.
/// </summary>
internal sealed class NodeHealth(string name, int threshold, TimeProvider time, ILogger logger, Action probe) : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);

    private readonly object _lock = new();
    private volatile bool _isUp = true;
    private volatile int _failures;
    private NodeState _state;
    private Exception? _lastFault;
    private long _probeAt;
    private int _probes;
    private bool _isWatched;
    private bool _isTold;
    private bool _disposed;

    public bool IsUp => _isUp;

    public NodeState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>The latest failure.</summary>
    public Exception? LastFault => Volatile.Read(ref _lastFault);

    /// <summary>A reply came in time: the failures before are forgotten.</summary>
    public void Answered()
    {
        if (_failures != 0)
        {
            _failures = 0;
        }
    }

    public void Failed(Exception fault)
    {
        lock (_lock)
        {
            Volatile.Write(ref _lastFault, fault);
            if (!_isUp || ++_failures < threshold)
            {
                return;
            }
        }

        GoDown(fault);
    }

    /// <summary>Something must reach the server before it is asked again. True: the caller is to see to it, and to tell what came of it.</summary>
    public bool TryInterrupt() => TryRecover(NodeState.Up);

    /// <summary>A probe was answered. True for the first one, whose sender is to make up for what was missed, and to tell what came of it.</summary>
    public bool TryRecover() => TryRecover(NodeState.Down);

    public void Recovered()
    {
        bool wasTold;
        lock (_lock)
        {
            (_state, _failures, _probes) = (NodeState.Up, 0, 0);
            (wasTold, _isTold) = (_isTold, false);
            _isUp = true;
        }

        if (wasTold)
        {
            Log.ServerReached(logger, name);
        }
    }

    /// <summary>From now on callers fail at once, until a probe is answered.</summary>
    public void GoDown(Exception fault)
    {
        lock (_lock)
        {
            if (_disposed || _state == NodeState.Down)
            {
                return;
            }

            Volatile.Write(ref _lastFault, fault);
            _isUp = false;
            _state = NodeState.Down;
            ScheduleUnderLock();
            if (!_isWatched)
            {
                _isWatched = true;
                new Thread(Watch) { IsBackground = true, Name = "memcached watcher" }.UnsafeStart();
            }

            if (_isTold)
            {
                return;
            }

            _isTold = true;
        }

        // (What somebody has to set up was logged where it was found.)
        if (fault is not MemcachedLinkException)
        {
            Log.ConnectionRefused(logger, name, fault.Message.TrimEnd('.'));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Monitor.PulseAll(_lock);
        }
    }

    private bool TryRecover(NodeState from)
    {
        lock (_lock)
        {
            if (_disposed || _state != from)
            {
                return false;
            }

            _isUp = false;
            _state = NodeState.Recovering;
            return true;
        }
    }

    private void ScheduleUnderLock()
    {
        var doubled = s_firstPause * Math.Pow(2, Math.Min(_probes++, 10));
        var pause = doubled < s_longestPause ? doubled : s_longestPause;
        _probeAt = time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
    }

    private void Watch()
    {
        while (WaitUntilDue())
        {
            probe();
        }
    }

    /// <summary>False: nobody needs a probe any more.</summary>
    private bool WaitUntilDue()
    {
        lock (_lock)
        {
            while (!_disposed && _state != NodeState.Up)
            {
                if (_state == NodeState.Down && time.GetTimestamp() >= _probeAt)
                {
                    ScheduleUnderLock();
                    return true;
                }

                Monitor.Wait(_lock, s_look);
            }

            _isWatched = false;
            return false;
        }
    }
}
