using System.Buffers;
using System.Numerics;
using System.Threading.Tasks.Sources;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// One request in flight, and its caller's wait. Pooled: two sides hold it, the caller until it has taken the outcome, and the
/// connection until the reply was read (also when the caller has given up long before); whoever lets go last puts it back.
/// The outcome is decided once, by whoever comes first: the reader, the clock, the caller's cancellation, or the connection's end.
/// </summary>
internal sealed partial class Operation :
    IValueTaskSource<Reply>, IValueTaskSource<MemcachedItem>, IValueTaskSource<StoredItem>, IValueTaskSource<bool>, IThreadPoolWorkItem
{
    /// <summary>Longer values come from the pool.</summary>
    public const int LongestInScratch = 1024;

    private readonly OperationPool _pool;

    // Of a get: it is asked for again where the connection breaks, and noted where its value is large.
    private byte[] _key = [];
    private int _keyLength;
    private bool _keyIsBase64;
    private Wanted _wanted;
    private bool _storesNothing;
    private IBufferWriter<byte>? _destination;
    private byte[]? _scratch;
    private int _decided;
    private int _holders;
    private ManualResetValueTaskSourceCore<Reply> _core;
    private Reply _reply;
    private Exception? _fault;
    private BlockingCaller? _home;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    public Operation(OperationPool pool) => _pool = pool;

    public Verb Verb { get; private set; }

    /// <summary>The caller wants an array of its own; otherwise the value stands in rented memory.</summary>
    public bool WantsArray { get; private set; }

    public string? Terminator { get; private set; }

    public uint Token { get; set; }

    /// <summary>When the caller's patience ends, as a <see cref="TimeProvider"/> timestamp.</summary>
    public long Deadline { get; private set; }

    /// <summary>The size of the request, for the bound on what waits.</summary>
    public int RequestBytes { get; set; }

    /// <summary>The key of a get as it goes over the wire; empty for any other request.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>How often and when it may be sent again without taking effect twice.</summary>
    public Repeat Repeat { get; private set; }

    /// <summary>Whether the value is only passed on, and may stand in <see cref="Scratch"/> until then.</summary>
    public bool HasDestination => _destination is not null;

    /// <summary>Memory of the operation's own for a short value that is passed on: the pool that all threads share runs dry where many wait at once. The reader's, until the caller goes on.</summary>
    public byte[] Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(LongestInScratch);

    /// <summary>How long the value is that came; the reader's thread only, before the caller goes on.</summary>
    public int ReplyLength => _reply.ValueLength;

    public bool IsDecided => Volatile.Read(ref _decided) != 0;

    public void Prepare(in MetaRequest request, bool wantsArray, long deadline)
    {
        Verb = request.Verb;
        Terminator = request.Terminator;
        WantsArray = wantsArray;
        Deadline = deadline;
        Repeat = RepeatOf(request);
        if (request.Verb == Verb.Get)
        {
            KeepKey(request);
        }

        // An item already past is answered with "stored", and deleted.
        _storesNothing = request is { Verb: Verb.Set, Exptime: < 0 };
        _destination = request.Destination;
        _home = BlockingCaller.Current;
        IsOneOfMany = _home is null && SendBatch.IsOpen;
        _core.RunContinuationsAsynchronously = IsOneOfMany;
        Volatile.Write(ref _holders, 2);
    }

    /// <summary>The same get again, for <see cref="Repeat.Always"/>.</summary>
    public MetaRequest ToGet() => new() { Verb = Verb.Get, Key = Key, KeyIsBase64 = _keyIsBase64, Wanted = _wanted };

    /// <summary>It is sent for the second time, which is the last.</summary>
    public void MarkRepeated() => Repeat = Repeat.Never;

    /// <summary>
    /// What the caller awaits: the reply, or what it tells, without another object in between. Called by the caller once,
    /// after the request was accepted.
    /// </summary>
    public ValueTask<TResult> WaitAsync<TResult>(CancellationToken cancellationToken)
    {
        var task = new ValueTask<TResult>((IValueTaskSource<TResult>)(object)this, _core.Version);
        if (cancellationToken.CanBeCanceled)
        {
            // The caller still holds the operation, so this use cannot end before the registration stands.
            _cancellation = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static operation => ((Operation)operation!).Cancel(), this);
        }

        return task;
    }

    /// <summary>Whether the caller blocks its thread until the outcome comes there.</summary>
    public bool IsAwaitedByThread => _home is not null;

    /// <summary>Whether its caller asked for many at once, and waits for the last of them.</summary>
    public bool IsOneOfMany { get; private set; }

    /// <summary>
    /// Decides on a reply; the caller gets it with <see cref="GoOn"/>. False: the caller has gone, and the reply is still the reader's to release.
    /// </summary>
    public bool TryComplete(in Reply reply)
    {
        if (!TryDecide())
        {
            return false;
        }

        _reply = reply;
        return true;
    }

    public bool TryFail(Exception fault)
    {
        if (!TryDecide())
        {
            return false;
        }

        _fault = fault;
        GoOn();
        return true;
    }

    /// <summary>Lets the caller go on, on a thread that is not this one: it is the reader's, or a canceller's.</summary>
    public void GoOn()
    {
        if (_home is { } home)
        {
            home.Post(this);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>For <see cref="IsOneOfMany"/>, on the reader's thread: most likely nobody waits for this very one yet. Who does goes on elsewhere.</summary>
    public void GoOnInPassing() => ((IThreadPoolWorkItem)this).Execute();

    /// <summary>The connection has no more to do with this use.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Recycle();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // Runs the caller's continuation inside; nothing of this object may be touched afterwards.
        if (_fault is null)
        {
            _core.SetResult(_reply);
        }
        else
        {
            _core.SetException(_fault);
        }
    }

    // A get that takes a lease or gives another life changes something; an addition and a compare-and-swap depend on what they find.
    private static Repeat RepeatOf(in MetaRequest request) => request switch
    {
        { Verb: Verb.Get, Lease: null, Exptime: null } => Repeat.Always,
        { Verb: Verb.Set, Mode: SetMode.Set, Cas: null } or { Verb: Verb.Delete, Cas: null } => Repeat.Unsent,
        _ => Repeat.Never,
    };

    private void KeepKey(in MetaRequest request)
    {
        if (_key.Length < request.Key.Length)
        {
            _key = new byte[BitOperations.RoundUpToPowerOf2((uint)request.Key.Length)];
        }

        request.Key.CopyTo(_key);
        (_keyLength, _keyIsBase64, _wanted) = (request.Key.Length, request.KeyIsBase64, request.Wanted);
    }

    private void Cancel() => TryFail(new OperationCanceledException(_cancellation));

    private bool TryDecide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0)
        {
            return false;
        }

        NoteEnd();
        return true;
    }

    private void Recycle()
    {
        _reply = default;
        _fault = null;
        _destination = null;
        _home = null;
        _cancellation = default;
        _registration = default;
        Terminator = null;
        _keyLength = 0;
        _telemetry = null;
        _core.Reset();
        _decided = 0;
        _pool.Return(this);
    }
}
