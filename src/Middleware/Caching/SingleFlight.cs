using ScopedCaching.Memcached;

namespace ScopedCaching.Caching;

/// <summary>
/// The flights of this process: which factories are running for which entries. Divided into stripes by address, so that busy keys do not wait for each other.
/// </summary>
internal sealed class SingleFlight
{
    private const int StripeCount = 64;
    private static readonly AsyncLocal<bool> s_leading = new();
    private readonly FlightStripe[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(static _ => new FlightStripe())];

    /// <summary>
    /// Whether the current flow already runs a factory. Such a flow never waits for another flight: waiting flows then wait only for flows that do not wait, and
    /// no cycle (a function that caches itself, or A asking for B and B for A) can stand still.
    /// </summary>
    public static bool IsLeading => s_leading.Value;

    /// <summary>Marks the flow of the calling async method, until that method ends.</summary>
    public static void MarkLeading() => s_leading.Value = true;

    /// <summary>How many callers of this process wait for a factory that another runs.</summary>
    public int Followers => _stripes.Sum(static stripe => stripe.Followers);

    /// <summary>Taken before a read; when another stands here later, something was stored meanwhile and a miss may no longer be one.</summary>
    public long Ticket(EntryAddress address) => StripeOf(address).Changes;

    /// <summary>Joins the flight of <paramref name="address"/>, or starts one, which the caller then leads.</summary>
    /// <param name="address">The entry.</param>
    /// <param name="seen">What the caller found there.</param>
    /// <param name="doubted">
    /// The flight that the caller doubted, and looked again for. Who finds something else than a flight began with may have looked before it began, or come after a change
    /// by another process: only a second look tells. After a change the flight is of no use to anybody who comes from now on.
    /// </param>
    /// <param name="flight">The flight that is led, followed or doubted.</param>
    /// <param name="access">Which tiers the caller wants read and written; it joins only who wants the same.</param>
    public Entrance Enter<T>(EntryAddress address, FlightBasis? seen, Flight<T>? doubted, out Flight<T> flight, TierAccess access = TierAccess.All)
    {
        var stripe = StripeOf(address);
        lock (stripe.Lock)
        {
            var slot = stripe.SlotOf(address);
            if (!IsLeading)
            {
                foreach (var running in slot.Flights.ToArray())
                {
                    if (running is not Flight<T> { IsShared: true } same || same.Access != access)
                    {
                        continue;
                    }

                    if (!same.Suits(seen))
                    {
                        if (!ReferenceEquals(same, doubted))
                        {
                            flight = same;
                            return Entrance.Doubtful;
                        }

                        if (seen is not null)
                        {
                            same.Detach();
                        }

                        slot.Flights.Remove(same);
                    }
                    else if (same.TryJoin())
                    {
                        flight = same;
                        return Entrance.Follows;
                    }
                }
            }

            // A flight beside another of its type is its leader's own: the others go on joining the one that came first.
            flight = new Flight<T>(isShared: !slot.Flights.Exists(running => running is Flight<T> { IsShared: true, IsOpen: true } && running.Access == access), access);
            if (slot.Invalidations > 0)
            {
                flight.Detach();
            }

            slot.Flights.Add(flight);
            return Entrance.Leads;
        }
    }

    /// <summary>Starts a flight that others may join, unless one is under way.</summary>
    public bool TryLead<T>(EntryAddress address, out Flight<T> flight)
    {
        var stripe = StripeOf(address);
        lock (stripe.Lock)
        {
            var slot = stripe.SlotOf(address);
            flight = new Flight<T>(isShared: true);
            if (slot.Invalidations > 0 || slot.Flights.Exists(static running => running.IsShared))
            {
                stripe.DropIfEmpty(address, slot);
                return false;
            }

            slot.Flights.Add(flight);
            return true;
        }
    }

    /// <summary>Publishes what was read, unless something may have changed since the ticket was taken, or is being changed.</summary>
    public bool Publish(EntryAddress address, long ticket, Action publish)
    {
        var stripe = StripeOf(address);
        lock (stripe.Lock)
        {
            var isUnchanged = stripe.Changes == ticket && !(stripe.Slots.TryGetValue(address, out var slot) && slot.Invalidations > 0);
            if (isUnchanged)
            {
                publish();
            }

            return isUnchanged;
        }
    }

    /// <summary>Detaches all flights of a scope, those of its views too when it is a level; before a clear, and after it.</summary>
    public void InvalidateScope(EntryScope scope) => Invalidate(address => Contains(scope, address.Scope));

    /// <summary>Detaches all flights.</summary>
    public void InvalidateAll() => Invalidate(static _ => true);

    /// <summary>Ends a flight: who comes now starts afresh.</summary>
    public void Leave(EntryAddress address, Flight flight)
    {
        var stripe = StripeOf(address);
        lock (stripe.Lock)
        {
            stripe.CountChange();
            if (stripe.Slots.TryGetValue(address, out var slot))
            {
                slot.Flights.Remove(flight);
                stripe.DropIfEmpty(address, slot);
            }
        }
    }

    /// <summary>
    /// Detaches the flights of an entry that is about to be changed, and those that start before the change is through: what they return is not stored, and
    /// nobody who comes after joins them.
    /// </summary>
    public Invalidation Invalidate(params ReadOnlySpan<EntryAddress> addresses)
    {
        foreach (var address in addresses)
        {
            var stripe = StripeOf(address);
            Flight[] running;
            lock (stripe.Lock)
            {
                var slot = stripe.SlotOf(address);
                slot.Invalidations++;
                running = slot.Take();
            }

            Array.ForEach(running, static flight => flight.Detach());
        }

        return addresses.Length == 1 ? new Invalidation(this, addresses[0]) : new Invalidation(this, addresses.ToArray());
    }

    private void Invalidate(Predicate<EntryAddress> reach)
    {
        foreach (var stripe in _stripes)
        {
            lock (stripe.Lock)
            {
                stripe.CountChange();
                foreach (var (address, slot) in stripe.Slots.ToArray())
                {
                    if (reach(address))
                    {
                        Array.ForEach(slot.Take(), static flight => flight.Detach());
                        stripe.DropIfEmpty(address, slot);
                    }
                }
            }
        }
    }

    private void EndInvalidation(EntryAddress address)
    {
        var stripe = StripeOf(address);
        lock (stripe.Lock)
        {
            stripe.CountChange();
            var slot = stripe.Slots[address];
            slot.Invalidations--;
            slot.Take();
            stripe.DropIfEmpty(address, slot);
        }
    }

    private static bool Contains(EntryScope outer, EntryScope inner) =>
        outer.Equals(inner) || (outer.View.Length == 0 && inner.View.Length > 0 && outer.Equals(inner.WithView("")));

    private FlightStripe StripeOf(EntryAddress address) => _stripes[(uint)address.GetHashCode() % StripeCount];

    /// <summary>A change under way.</summary>
    internal readonly struct Invalidation : IDisposable
    {
        private readonly SingleFlight _flights;
        private readonly EntryAddress _single;
        private readonly EntryAddress[]? _many;

        public Invalidation(SingleFlight flights, EntryAddress single) => (_flights, _single) = (flights, single);

        public Invalidation(SingleFlight flights, EntryAddress[] many) => (_flights, _many) = (flights, many);

        public void Dispose()
        {
            if (_many is null)
            {
                _flights.EndInvalidation(_single);
                return;
            }

            Array.ForEach(_many, _flights.EndInvalidation);
        }
    }
}
