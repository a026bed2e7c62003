using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ScopedCaching;

/// <summary>
/// Keys by interpolation whose holes cannot break out of their place: <c>CacheKey.Of($"account:{id}")</c> is the string
/// <c>account:42</c> for 42 or "42", and whatever id holds, it is not the key of <c>CacheKey.Of($"account:{id}:balance")</c>. Allocates the string
/// and nothing else.
/// </summary>
/// <remarks>
/// <para>
/// In a hole, letters, digits, <c>- _ . @ + ~</c> and everything beyond ASCII stand as they are; every other character is escaped (<c>/</c> as
/// <c>%2F</c>), and null is <c>%null</c>, so that it is not the empty text. What divides holes best is therefore <c>:</c> or <c>/</c>. Where something
/// else stands between two holes, such as <c>-</c>, that character is escaped in the first of them; where nothing but digits and <c>%</c> does, a <c>|</c>
/// is put there. So two lists of values give one key of a template only when their texts are the same.
/// </para>
/// <para>
/// Values are formatted invariantly, and dates and times in full ("O"). What has no text that identifies it does not compile: name the property that
/// does, or call its ToString.
/// </para>
/// <para>
/// Only what is interpolated <b>within the call of <see cref="Of"/></b> is escaped: <c>$"page:{path}"</c> alone is a string whose path was put in as it is, and it
/// differs from <c>CacheKey.Of($"page:{path}")</c> whenever something had to be escaped. So make a key in one place, and use that everywhere. The caches take
/// strings for that reason: whether a key is escaped is to be seen where it is written.
/// </para>
/// </remarks>
[InterpolatedStringHandler]
public struct CacheKey
{
    private const string NoText = "This type has no text that tells its values apart. Put the property that does into the key, or call ToString() on the value.";

    // The text; before its last part was appended, the writer. One reference, which is all that is copied when a key is passed.
    private object? _text;

    /// <summary>A key of text as it is.</summary>
    /// <param name="text">Any text of any length. Null makes a key that every operation refuses.</param>
    public CacheKey(string text) => _text = text;

    /// <summary>Begins an interpolated key. Called by the compiler.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public CacheKey(int literalLength, int formattedCount) =>
        _text = literalLength == 0 && formattedCount == 0 ? "" : CacheKeyWriter.Rent(literalLength, formattedCount);

    private readonly CacheKeyWriter Writer => _text as CacheKeyWriter ?? throw new InvalidOperationException("The key is complete.");

    /// <summary>The key of an interpolated string.</summary>
    /// <exception cref="ArgumentNullException">Given a null string.</exception>
    public static string Of(CacheKey key) => key.Required();

    /// <summary>A key of text as it is.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The named form is the constructor.")]
    public static implicit operator CacheKey(string text) => new(text);

    /// <summary>Appends a part of the template. Called by the compiler.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendLiteral(string value) => _text = Writer.Literal(value);

    /// <summary>Appends a hole. Called by the compiler.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(string? value) => _text = value is null ? Writer.Null() : Writer.Hole(value, value);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(scoped ReadOnlySpan<char> value) => _text = Writer.Hole(value, same: null);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(bool value) => AppendFormatted(value ? bool.TrueString : bool.FalseString);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted(bool? value) => AppendFormatted(value switch { null => null, true => bool.TrueString, false => bool.FalseString });

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T value)
        where T : ISpanFormattable? => AppendFormatted(value, format: null);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T value, string? format)
        where T : ISpanFormattable? => _text = value is null ? Writer.Null() : Writer.Hole(value, format);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T? value)
        where T : struct, ISpanFormattable => AppendFormatted(value, format: null);

    /// <inheritdoc cref="AppendFormatted(string)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendFormatted<T>(T? value, string? format)
        where T : struct, ISpanFormattable => _text = value.HasValue ? Writer.Hole(value.GetValueOrDefault(), format) : Writer.Null();

    /// <summary>Refuses a hole at compile time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoText, error: true)]
    public readonly void AppendFormatted(object? value) => throw new NotSupportedException(NoText);

    /// <inheritdoc cref="AppendFormatted(object)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoText, error: true)]
    public readonly void AppendFormatted(object? value, string? format) => throw new NotSupportedException(NoText);

    /// <summary>The key's text, to be used wherever a key is asked for as a string. Empty for the default value.</summary>
    public override readonly string ToString() => Text ?? "";

    /// <summary>The key's text.</summary>
    /// <exception cref="ArgumentNullException">There is none: the key was null, or the default value.</exception>
    internal readonly string Required(string parameter = "key") => Text ?? throw new ArgumentNullException(parameter);

    private readonly string? Text => _text as string ?? (_text as CacheKeyWriter)?.Unfinished();
}
