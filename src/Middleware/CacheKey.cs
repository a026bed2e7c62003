using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ScopedCaching;

/// <summary>
/// Builds keys from interpolated strings. Interpolated values cannot run into the text around them: <c>CacheKey.Of($"account:{id}")</c> is the string
/// <c>account:42</c> for 42 or "42", and whatever id contains, the result never equals the key of <c>CacheKey.Of($"account:{id}:balance")</c>. Only the resulting string
/// is allocated.
/// </summary>
/// <remarks>
/// <para>
/// In an interpolated value, letters, digits, <c>- _ . @ + ~</c> and all characters beyond ASCII are kept. Every other character is escaped (<c>/</c> as
/// <c>%2F</c>), and null becomes <c>%null</c>, so that it differs from the empty string. The best separators between values are therefore <c>:</c> and <c>/</c>. If two values
/// are separated only by other characters, such as <c>-</c>, that character is escaped in the first of them. If nothing but digits and <c>%</c> separates them, a <c>|</c>
/// is inserted. So two lists of values give the same key for a template only if their texts are the same.
/// </para>
/// <para>
/// Values are formatted with the invariant culture, dates and times in full ("O"). A value whose type has no identifying text does not compile: use a property that identifies it,
/// or call its ToString.
/// </para>
/// <para>
/// Only values interpolated <b>within the call of <see cref="Of"/></b> are escaped: <c>$"page:{path}"</c> alone is a string that contains the path unchanged, and it
/// differs from <c>CacheKey.Of($"page:{path}")</c> whenever something had to be escaped. So build each key in one place, and use it everywhere. This is also why the caches take
/// strings: the place where a key is written shows whether it is escaped.
/// </para>
/// </remarks>
[InterpolatedStringHandler]
public struct CacheKey
{
    private const string NoText = "This type has no text that identifies its values. Use an identifying property in the key, or call ToString() on the value.";

    // The text; before its last part was appended, the writer. One reference, which is all that is copied when a key is passed.
    private object? _text;

    /// <summary>A key that consists of this text, unescaped.</summary>
    /// <param name="text">Any text of any length. Null makes a key that every operation rejects.</param>
    public CacheKey(string text) => _text = text;

    /// <summary>Begins an interpolated key. Called by the compiler.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public CacheKey(int literalLength, int formattedCount) =>
        _text = literalLength == 0 && formattedCount == 0 ? "" : CacheKeyWriter.Rent(literalLength, formattedCount);

    private readonly CacheKeyWriter Writer => _text as CacheKeyWriter ?? throw new InvalidOperationException("The key is complete.");

    /// <summary>Returns the key of an interpolated string.</summary>
    /// <exception cref="ArgumentNullException">The argument is a null string.</exception>
    public static string Of(CacheKey key) => key.Required();

    /// <summary>A key that consists of this text, unescaped.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The named form is the constructor.")]
    public static implicit operator CacheKey(string text) => new(text);

    /// <summary>Appends a part of the template. Called by the compiler.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void AppendLiteral(string value) => _text = Writer.Literal(value);

    /// <summary>Appends an interpolated value. Called by the compiler.</summary>
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

    /// <summary>Rejects a value at compile time.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoText, error: true)]
    public readonly void AppendFormatted(object? value) => throw new NotSupportedException(NoText);

    /// <inheritdoc cref="AppendFormatted(object)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete(NoText, error: true)]
    public readonly void AppendFormatted(object? value, string? format) => throw new NotSupportedException(NoText);

    /// <summary>The key's text, for use wherever a string key is needed. Empty for the default value.</summary>
    public override readonly string ToString() => Text ?? "";

    /// <summary>The key's text.</summary>
    /// <exception cref="ArgumentNullException">There is none: the key was null, or the default value.</exception>
    internal readonly string Required(string parameter = "key") => Text ?? throw new ArgumentNullException(parameter);

    private readonly string? Text => _text as string ?? (_text as CacheKeyWriter)?.Unfinished();
}
