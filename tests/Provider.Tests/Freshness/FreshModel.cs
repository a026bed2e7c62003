using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>
/// What reads may answer: for each entry the values that nothing which is known to be done has superseded. A miss is always allowed, except where the
/// entry is known to be there.
/// </summary>
internal sealed class FreshModel
{
    private readonly Dictionary<EntryAddress, List<ModelValue>> _allowed = [];
    private readonly HashSet<EntryAddress> _certain = [];
    private readonly List<ModelLease> _leases = [];

    public IReadOnlyList<ModelLease> Leases => _leases;

    /// <summary>How many reads were of entries that had to be found: a model that never expects anything proves nothing.</summary>
    public int Expectations { get; private set; }

    public bool IsCertain(in EntryAddress address) => _certain.Contains(address);

    public bool MayBeThere(in EntryAddress address) => AllowedAt(address).Count > 0;

    public void Read(in EntryAddress address, in FreshEntry<string> entry)
    {
        if (entry.Found)
        {
            var value = entry.Value!;
            Assert.Contains(AllowedAt(address), allowed => string.Equals(allowed.Text, value, StringComparison.Ordinal));
        }
        else
        {
            Assert.False(IsCertain(address), $"An entry that nothing took away was not found: {entry.Outcome}.");
        }

        Expectations += IsCertain(address) ? 1 : 0;
    }

    /// <summary>The value is there, and nothing else.</summary>
    public void Stored(in EntryAddress address, ModelValue value, bool isCertain)
    {
        Gone(address);
        AllowedAt(address).Add(value);
        if (isCertain)
        {
            _certain.Add(address);
        }
    }

    /// <summary>Nobody knows whether the value got there.</summary>
    public void PerhapsStored(in EntryAddress address, ModelValue value)
    {
        AllowedAt(address).Add(value);
        _certain.Remove(address);
    }

    /// <summary>Whatever was there is gone, and who was creating it must not store any more.</summary>
    public void Gone(EntryAddress address)
    {
        AllowedAt(address).Clear();
        _certain.Remove(address);
        _leases.ForEach(lease => lease.IsSuperseded |= lease.Address == address);
    }

    /// <summary>Every entry for which <paramref name="isMeant"/> says so is of a former generation, and so is what is being created there.</summary>
    public void Outdated(Func<EntryAddress, bool> isMeant)
    {
        foreach (var (address, values) in _allowed)
        {
            if (isMeant(address))
            {
                values.Clear();
                _certain.Remove(address);
            }
        }

        _leases.ForEach(lease => lease.IsOutdated |= isMeant(lease.Address));
    }

    public void TagGone(string tag)
    {
        TagLost(tag);
        _leases.ForEach(lease => lease.GoneTags.Add(tag));
    }

    /// <summary>Nobody removed it: what has it is gone, and what is being made with it may be stored under a new id.</summary>
    public void TagLost(string tag)
    {
        foreach (var (address, values) in _allowed)
        {
            if (values.RemoveAll(value => value.Tags.Contains(tag, StringComparer.Ordinal)) > 0)
            {
                _certain.Remove(address);
            }
        }

        _leases.ForEach(lease => lease.LostTags.Add(tag));
    }

    /// <summary>The server forgot everything.</summary>
    public void Forgotten()
    {
        foreach (var address in _allowed.Keys)
        {
            Gone(address);
        }

        _leases.ForEach(static lease => lease.IsSuperseded = true);
    }

    /// <summary>From here on misses are possible anywhere.</summary>
    public void Doubted() => _certain.Clear();

    public void Leased(ModelLease lease) => _leases.Add(lease);

    public void Released(ModelLease lease) => _leases.Remove(lease);

    public void Finished(ModelLease lease, ModelValue value, WriteOutcome outcome)
    {
        Released(lease);
        var counts = !lease.IsOutdated && !value.Tags.Intersect(lease.GoneTags, StringComparer.Ordinal).Any();
        if (outcome == WriteOutcome.Stored)
        {
            Assert.False(lease.IsSuperseded, "A value was stored over what was set, removed or forgotten while it was made.");
            Gone(lease.Address);
            if (counts)
            {
                Stored(lease.Address, value, isCertain: lease.Knows(value.Tags));
            }
        }
        else if (outcome == WriteOutcome.Unavailable && counts && !lease.IsSuperseded)
        {
            PerhapsStored(lease.Address, value);
        }
    }

    private List<ModelValue> AllowedAt(in EntryAddress address) =>
        _allowed.TryGetValue(address, out var values) ? values : _allowed[address] = [];
}

internal sealed record ModelValue(string Text, string[] Tags);

/// <summary>A value in the making, and what happened meanwhile.</summary>
internal sealed class ModelLease(EntryAddress address, EntryLease lease, EntryGenerations generations)
{
    public EntryAddress Address => address;

    public EntryLease Lease => lease;

    public EntryGenerations Generations => generations;

    public bool IsSuperseded { get; set; }

    public bool IsOutdated { get; set; }

    /// <summary>Tags that were removed meanwhile.</summary>
    public HashSet<string> GoneTags { get; } = new(StringComparer.Ordinal);

    /// <summary>Tags whose id the server has another of now, or none.</summary>
    public HashSet<string> LostTags { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the ids of all these tags were read before. Of others an old one may be remembered: then the value does not count.</summary>
    public bool Knows(string[] tags) => Array.TrueForAll(tags, tag => Generations.Tags.Names.Contains(tag, StringComparer.Ordinal) && !LostTags.Contains(tag));
}
