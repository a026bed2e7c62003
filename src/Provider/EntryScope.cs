using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ScopedCaching.Memcached;

/// <summary>
/// Where an entry lives: all parts of its address except the key. The parts may contain any text, are compared ordinally, and
/// are joined with length prefixes, so that different addresses never coincide. Immutable; worth keeping and reusing.
/// </summary>
public sealed class EntryScope : IEquatable<EntryScope>
{
    private const byte CanonicalRevision = 1;
    private const int ReadableLength = 48;
    private int _hash;

    /// <summary>Describes a scope.</summary>
    /// <param name="prefix">The application's prefix, so that several applications can share a server.</param>
    /// <param name="level">The level's name, such as <c>stack</c>; readable on the server.</param>
    /// <param name="isolation">Selects the data key that seals the entries: the customer, or an empty string for entries that belong to none.</param>
    /// <param name="id">The scope within the level, such as the customer or a hash of the session; empty if the level has only one scope.</param>
    /// <param name="view">An additional prefix inside the scope; empty for none.</param>
    public EntryScope(string prefix, string level, string isolation, string id, string view = "")
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentException.ThrowIfNullOrEmpty(level);
        ArgumentNullException.ThrowIfNull(isolation);
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(view);
        (Prefix, Level, Isolation, Id, View) = (prefix, level, isolation, id, view);
        Canonical = Join(prefix, level, isolation, id, view);
        Readable = ReadablePart(prefix) + ":" + ReadablePart(level) + ":";
    }

    /// <summary>The application's prefix.</summary>
    public string Prefix { get; }

    /// <summary>The level's name.</summary>
    public string Level { get; }

    /// <summary>Selects the data key that seals the entries; empty for entries that belong to no customer.</summary>
    public string Isolation { get; }

    /// <summary>The scope within the level.</summary>
    public string Id { get; }

    /// <summary>The additional prefix inside the scope; empty for none.</summary>
    public string View { get; }

    /// <summary>
    /// revision (1) · then prefix, level, isolation, id, view, each: length in bytes (4, little-endian) · UTF-16LE text.
    /// UTF-16 because it is what the strings hold: no text, not even half a surrogate pair, is changed on the way.
    /// </summary>
    internal ReadOnlyMemory<byte> Canonical { get; }

    /// <summary>The start of the wire key: prefix and level for an operator's eyes, in printable ASCII.</summary>
    internal string Readable { get; }

    /// <summary>What the layer that reads generations found out about this scope, so that it need not look for it each time. Any thread; any of them may win.</summary>
    internal object? Noted { get; set; }

    /// <summary>The address of <paramref name="key"/> in this scope.</summary>
    public EntryAddress Entry(string key) => new(this, key);

    /// <summary>The same scope with another additional prefix.</summary>
    public EntryScope WithView(string view) => new(Prefix, Level, Isolation, Id, view);

    /// <inheritdoc/>
    public bool Equals(EntryScope? other) =>
        ReferenceEquals(this, other) || (other is not null && Canonical.Span.SequenceEqual(other.Canonical.Span));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EntryScope);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash is not 0 and var hash ? hash : ComputeHash();

    /// <summary>Returns only the level, because the other parts are confidential to the customers.</summary>
    public override string ToString() => Level;

    internal static int CanonicalLength(string part) => sizeof(int) + (part.Length * sizeof(char));

    internal static int WriteCanonical(string part, Span<byte> destination)
    {
        var length = part.Length * sizeof(char);
        BinaryPrimitives.WriteInt32LittleEndian(destination, length);
        destination = destination[sizeof(int)..];
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(part.AsSpan()).CopyTo(destination);
        }
        else
        {
            for (var i = 0; i < part.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(i * sizeof(char))..], part[i]);
            }
        }

        return sizeof(int) + length;
    }

    /// <summary>The text that <see cref="WriteCanonical"/> wrote, without its length; half a surrogate pair comes back as well.</summary>
    internal static string ReadCanonical(ReadOnlySpan<byte> text)
    {
        if (BitConverter.IsLittleEndian)
        {
            return new string(MemoryMarshal.Cast<byte, char>(text));
        }

        var characters = new char[text.Length / sizeof(char)];
        for (var i = 0; i < characters.Length; i++)
        {
            characters[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(text[(i * sizeof(char))..]);
        }

        return new string(characters);
    }

    // Computed at first use and kept: a scope is looked up many times, and by several threads, which then compute the same. 0 is "not yet".
    private int ComputeHash()
    {
        var hash = default(HashCode);
        hash.AddBytes(Canonical.Span);
        return _hash = hash.ToHashCode();
    }

    private static byte[] Join(params ReadOnlySpan<string> parts)
    {
        var length = 1;
        foreach (var part in parts)
        {
            length += CanonicalLength(part);
        }

        var joined = new byte[length];
        joined[0] = CanonicalRevision;
        var at = 1;
        foreach (var part in parts)
        {
            at += WriteCanonical(part, joined.AsSpan(at));
        }

        return joined;
    }

    private static string ReadablePart(string text)
    {
        var length = Math.Min(text.Length, ReadableLength);
        return string.Create(length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(source[i]) || source[i] is '-' or '_' or '.' ? source[i] : '_';
            }
        });
    }
}
