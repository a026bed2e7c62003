using System.Collections.Concurrent;

namespace ScopedCaching.Memcached.Connections;

/// <summary>Operations waiting for their next use. Bounded: what does not fit is left to the garbage collector.</summary>
internal sealed class OperationPool
{
    private const int Capacity = 1024;

    private const int NearCapacity = 64;

    // What this thread put back last, ahead of what all share: the thread that takes an outcome is often the one that asks next.
    [ThreadStatic]
    private static Stack<Operation>? t_near;

    private readonly ConcurrentQueue<Operation> _idle = new();
    private int _count;

    public Operation Rent()
    {
        if (t_near is { } near && near.TryPop(out var operation))
        {
            return operation;
        }

        if (_idle.TryDequeue(out operation))
        {
            Interlocked.Decrement(ref _count);
            return operation;
        }

        return new Operation(this);
    }

    public void Return(Operation operation)
    {
        var near = t_near ??= new Stack<Operation>(NearCapacity);
        if (near.Count < NearCapacity)
        {
            near.Push(operation);
            return;
        }

        if (Interlocked.Increment(ref _count) <= Capacity)
        {
            _idle.Enqueue(operation);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
