using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>The flights of some addresses, under one lock.</summary>
internal sealed class FlightStripe
{
    private long _changes;

    /// <summary>Counts what may have changed an entry. Read without the lock.</summary>
    public long Changes => Volatile.Read(ref _changes);

    public Lock Lock { get; } = new();

    public Dictionary<EntryAddress, FlightSlot> Slots { get; } = [];

    /// <summary>How many wait for a factory that another runs.</summary>
    public int Followers
    {
        get
        {
            lock (Lock)
            {
                return Slots.Values.Sum(static slot => slot.Flights.Sum(static flight => flight.Followers));
            }
        }
    }

    public FlightSlot SlotOf(EntryAddress address)
    {
        if (!Slots.TryGetValue(address, out var slot))
        {
            Slots.Add(address, slot = new FlightSlot());
        }

        return slot;
    }

    public void CountChange() => Volatile.Write(ref _changes, _changes + 1);

    public void DropIfEmpty(EntryAddress address, FlightSlot slot)
    {
        if (slot is { Invalidations: 0, Flights.Count: 0 })
        {
            Slots.Remove(address);
        }
    }
}

/// <summary>The flights of one address, and how many changes of it are under way.</summary>
internal sealed class FlightSlot
{
    public int Invalidations { get; set; }

    public List<Flight> Flights { get; } = [];

    public Flight[] Take()
    {
        Flight[] taken = [.. Flights];
        Flights.Clear();
        return taken;
    }
}
