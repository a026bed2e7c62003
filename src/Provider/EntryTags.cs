using System.Buffers.Binary;

namespace ScopedCaching.Memcached;

/// <summary>
/// The tags of an entry, by which it can be removed together with other entries of its level and customer. They are sealed with the value.
/// Immutable; worth keeping and reusing.
/// </summary>
public sealed class EntryTags : IEquatable<EntryTags>
{
    /// <summary>The maximum number of tags of an entry.</summary>
    public const int MostTags = 64;

    /// <summary>The maximum length of a tag, in characters.</summary>
    public const int LongestTag = 256;

    private readonly string[] _names;

    private EntryTags(string[] names)
    {
        _names = names;
        var encoded = new byte[names.Sum(EntryScope.CanonicalLength)];
        var at = 0;
        foreach (var name in names)
        {
            at += EntryScope.WriteCanonical(name, encoded.AsSpan(at));
        }

        Encoded = encoded;
    }

    /// <summary>No tags.</summary>
    public static EntryTags None { get; } = new([]);

    /// <summary>The tags without duplicates, in ordinal order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The tags as they are sealed: each its length in bytes (4, little-endian) and its UTF-16LE text.</summary>
    internal ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Creates a set of the given tags.</summary>
    /// <exception cref="ArgumentException">A tag is empty or longer than <see cref="LongestTag"/>, or there are more than <see cref="MostTags"/>.</exception>
    public static EntryTags Of(params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        string[] names = [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (names.Length == 0)
        {
            return None;
        }

        if (names.Length > MostTags || Array.Exists(names, static name => string.IsNullOrEmpty(name) || name.Length > LongestTag))
        {
            throw new ArgumentException($"An entry has at most {MostTags} tags, each 1 to {LongestTag} characters long.", nameof(tags));
        }

        return new EntryTags(names);
    }

    /// <summary>Whether both contain the same tags.</summary>
    public bool Equals(EntryTags? other) => ReferenceEquals(this, other) || (other is not null && Encoded.Span.SequenceEqual(other.Encoded.Span));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntryTags);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Encoded.Span);
        return hash.ToHashCode();
    }

    /// <summary>Reads what <see cref="Encoded"/> holds; null when it is cut short.</summary>
    internal static EntryTags? Decode(ReadOnlySpan<byte> encoded)
    {
        var names = new List<string>();
        while (encoded.Length >= sizeof(int))
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(encoded);
            encoded = encoded[sizeof(int)..];
            if (length < 0 || length > encoded.Length || length % sizeof(char) != 0)
            {
                return null;
            }

            names.Add(EntryScope.ReadCanonical(encoded[..length]));
            encoded = encoded[length..];
        }

        return encoded.Length == 0 ? new EntryTags([.. names]) : null;
    }
}
