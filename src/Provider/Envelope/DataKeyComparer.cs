using System.Diagnostics.CodeAnalysis;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>What a data key is found by: the isolation too, so that a wrapped key copied into another customer's entry finds nothing.</summary>
internal readonly ref struct WrappedKey(string isolation, ReadOnlySpan<byte> bytes)
{
    public string Isolation { get; } = isolation;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Finds data keys by spans, without allocating.</summary>
internal sealed class DataKeyComparer : IEqualityComparer<DataKey>, IAlternateEqualityComparer<WrappedKey, DataKey>
{
    // The end of a protected payload is its authentication code: random enough to hash by.
    private const int HashedLength = 32;

    public bool Equals(DataKey? x, DataKey? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && Equals(new WrappedKey(x.Isolation, x.Wrapped.Span), y));

    public bool Equals(WrappedKey alternate, DataKey other) =>
        alternate.Bytes.SequenceEqual(other.Wrapped.Span) && string.Equals(alternate.Isolation, other.Isolation, StringComparison.Ordinal);

    public int GetHashCode([DisallowNull] DataKey obj) => GetHashCode(new WrappedKey(obj.Isolation, obj.Wrapped.Span));

    public int GetHashCode(WrappedKey alternate)
    {
        var hash = default(HashCode);
        hash.AddBytes(alternate.Bytes[Math.Max(0, alternate.Bytes.Length - HashedLength)..]);
        hash.Add(alternate.Isolation, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    public DataKey Create(WrappedKey alternate) => throw new NotSupportedException("A data key is not made of its wrapped form alone.");
}
