namespace ScopedCaching.Memcached;

/// <summary>The full address of an entry: its scope and the caller's own key. The key may hold any text.</summary>
public readonly struct EntryAddress : IEquatable<EntryAddress>
{
    /// <summary>Creates the address of <paramref name="key"/> in <paramref name="scope"/>.</summary>
    public EntryAddress(EntryScope scope, string key)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(key);
        (Scope, Key) = (scope, key);
    }

    /// <summary>The scope that contains the entry.</summary>
    public EntryScope Scope { get; }

    /// <summary>The caller's own key.</summary>
    public string Key { get; }

    /// <summary>How many bytes <see cref="WriteCanonical"/> writes.</summary>
    internal int CanonicalLength => Scope.Canonical.Length + EntryScope.CanonicalLength(Key);

    /// <summary>Two addresses are equal if all their parts are equal, compared ordinally.</summary>
    public static bool operator ==(EntryAddress left, EntryAddress right) => left.Equals(right);

    /// <summary>Two addresses differ if any of their parts differs.</summary>
    public static bool operator !=(EntryAddress left, EntryAddress right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(EntryAddress other) =>
        string.Equals(Key, other.Key, StringComparison.Ordinal) && (ReferenceEquals(Scope, other.Scope) || (Scope is not null && Scope.Equals(other.Scope)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntryAddress other && Equals(other);

    /// <inheritdoc/>
    /// <remarks>Both parts are seeded at random in each process, so mixing them again would cost time and gain nothing.</remarks>
    public override int GetHashCode() => Key is null ? 0 : Scope.GetHashCode() ^ Key.GetHashCode(StringComparison.Ordinal);

    /// <summary>Returns only the level, because keys must never appear in logs.</summary>
    public override string ToString() => Scope?.Level ?? "";

    /// <summary>The scope's canonical form, then the key's; the whole is what the wire key hashes and the envelope binds.</summary>
    internal int WriteCanonical(Span<byte> destination)
    {
        Scope.Canonical.Span.CopyTo(destination);
        return Scope.Canonical.Length + EntryScope.WriteCanonical(Key, destination[Scope.Canonical.Length..]);
    }
}
