using System.Numerics;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Operations in the order they were sent. One producer at a time (whoever holds the connection's lock) and one consumer (the
/// reader's thread), so that taking a reply's operation costs no lock. Bounded.
/// </summary>
internal sealed class OperationRing(int capacity)
{
    private readonly Operation?[] _slots = new Operation?[BitOperations.RoundUpToPowerOf2((uint)capacity)];
    private long _head;
    private long _tail;

    public bool IsFull => Volatile.Read(ref _tail) - Volatile.Read(ref _head) >= capacity;

    public bool IsEmpty => Volatile.Read(ref _tail) == Volatile.Read(ref _head);

    public long Count => Volatile.Read(ref _tail) - Volatile.Read(ref _head);

    /// <summary>Producer only, and only when not <see cref="IsFull"/>.</summary>
    public void Enqueue(Operation operation)
    {
        var tail = _tail;
        _slots[tail & (_slots.Length - 1)] = operation;
        Volatile.Write(ref _tail, tail + 1);
    }

    /// <summary>Consumer only.</summary>
    public bool TryDequeue(out Operation operation)
    {
        var head = _head;
        if (head == Volatile.Read(ref _tail))
        {
            operation = null!;
            return false;
        }

        ref var slot = ref _slots[head & (_slots.Length - 1)];
        operation = slot!;
        slot = null;
        Volatile.Write(ref _head, head + 1);
        return true;
    }

    /// <summary>Consumer only: the operation that is <paramref name="behind"/> places behind the oldest, or null.</summary>
    public Operation? Peek(int behind)
    {
        var at = _head + behind;
        return at < Volatile.Read(ref _tail) ? _slots[at & (_slots.Length - 1)] : null;
    }
}
