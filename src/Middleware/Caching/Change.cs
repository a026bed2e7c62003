using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>A change of entries under way: factories that run for them are detached, and what memories hold of them is forgotten, before it and after it.</summary>
internal readonly struct Change : IDisposable
{
    private readonly CacheServices _services;
    private readonly Operation _operation;
    private readonly EntryAddress[]? _many;
    private readonly EntryAddress _single;
    private readonly SingleFlight.Invalidation _invalidation;

    public Change(CacheServices services, Operation operation, EntryAddress address)
    {
        (_services, _operation, _single) = (services, operation, address);
        _invalidation = services.Flights.Invalidate(address);
        Forget();
    }

    public Change(CacheServices services, Operation operation, EntryAddress[] addresses)
    {
        (_services, _operation, _many) = (services, operation, addresses);
        _invalidation = services.Flights.Invalidate(addresses);
        Forget();
    }

    public void Dispose()
    {
        Forget();
        _invalidation.Dispose();
    }

    private void Forget()
    {
        if (_many is null)
        {
            _services.Tiers.Forget(_operation.Memory, _single);
            return;
        }

        foreach (var address in _many)
        {
            _services.Tiers.Forget(_operation.Memory, address);
        }
    }
}
