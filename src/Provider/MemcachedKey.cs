using System.Text;

namespace ScopedCaching.Memcached;

/// <summary>
/// A raw key: text (sent as UTF-8) or bytes. At most 250 bytes of printable ASCII, or 186 bytes of anything else, which is sent as base64.
/// Other keys are rejected before anything is sent. Converts implicitly from <see cref="string"/> and bytes.
/// </summary>
public readonly struct MemcachedKey : IEquatable<MemcachedKey>
{
    /// <summary>Creates a key from text.</summary>
    public MemcachedKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
    }

    /// <summary>Creates a key from bytes. They are not copied, and must not change until the operation has completed.</summary>
    public MemcachedKey(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    internal string? Text { get; }

    internal ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Creates a key from text.</summary>
    public static implicit operator MemcachedKey(string text) => new(text);

    /// <summary>Creates a key from bytes.</summary>
    public static implicit operator MemcachedKey(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Creates a key from bytes.</summary>
    public static implicit operator MemcachedKey(byte[] bytes) => new(bytes);

    /// <summary>Whether both are the same text, or the same bytes.</summary>
    public static bool operator ==(MemcachedKey left, MemcachedKey right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(MemcachedKey left, MemcachedKey right) => !left.Equals(right);

    /// <summary>Creates a key from text; the same as the conversion.</summary>
    public static MemcachedKey FromString(string text) => new(text);

    /// <summary>Creates a key from bytes; the same as the conversion.</summary>
    public static MemcachedKey FromReadOnlyMemory(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Creates a key from bytes; the same as the conversion.</summary>
    public static MemcachedKey FromByteArray(byte[] bytes) => new(bytes);

    /// <inheritdoc/>
    public bool Equals(MemcachedKey other) =>
        string.Equals(Text, other.Text, StringComparison.Ordinal) && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MemcachedKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (Text is not null)
        {
            return Text.GetHashCode(StringComparison.Ordinal);
        }

        var hash = default(HashCode);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>Returns a placeholder, because keys must never appear in logs.</summary>
    public override string ToString() => $"key of {(Text is null ? Bytes.Length : Encoding.UTF8.GetByteCount(Text))} bytes";
}
