using System.Collections.Concurrent;

namespace ScopedCaching.Memcached.Connections;

/// <summary>Operations waiting for their next use. Bounded: what does not fit is left to the garbage collector.</summary>
internal sealed class OperationPool
{
    private const int Capacity = 1024;

    private readonly ConcurrentQueue<Operation> _idle = new();
    private int _count;

    public Operation Rent()
    {
        if (_idle.TryDequeue(out var operation))
        {
            Interlocked.Decrement(ref _count);
            return operation;
        }

        return new Operation(this);
    }

    public void Return(Operation operation)
    {
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
