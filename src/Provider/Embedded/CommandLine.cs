namespace ScopedCaching.Memcached.Embedded;

/// <summary>A command's line cut into tokens at blanks, as far as memcached cuts it: the 24th and later stay one rest.</summary>
internal readonly ref struct CommandLine
{
    /// <summary>How many tokens are told apart.</summary>
    public const int MaxTokens = 23;

    private readonly ReadOnlySpan<Range> _tokens;

    private CommandLine(ReadOnlySpan<byte> text, ReadOnlySpan<Range> tokens)
    {
        Text = text;
        _tokens = tokens;
    }

    public ReadOnlySpan<byte> Text { get; }

    public int Count => _tokens.Length;

    public ReadOnlySpan<byte> this[int index] => Text[_tokens[index]];

    /// <summary>Whether the last token asks for silence.</summary>
    public bool EndsWithNoReply => Count > 0 && this[^1].SequenceEqual("noreply"u8);

    private ReadOnlySpan<byte> this[Index index] => Text[_tokens[index]];

    /// <summary>Cuts a line; <paramref name="storage"/> holds <see cref="MaxTokens"/> places and lives as long as the result.</summary>
    public static CommandLine Cut(ReadOnlySpan<byte> text, Span<Range> storage)
    {
        var count = 0;
        var at = 0;
        while (count < storage.Length && TryNext(text, ref at, out var token))
        {
            storage[count++] = token;
        }

        return new CommandLine(text, storage[..count]);
    }

    /// <summary>The next token from a position on; for commands with any number of keys.</summary>
    public static bool TryNext(ReadOnlySpan<byte> text, ref int at, out Range token)
    {
        while (at < text.Length && text[at] == (byte)' ')
        {
            at++;
        }

        var start = at;
        var length = text[start..].IndexOf((byte)' ');
        at = length < 0 ? text.Length : start + length;
        token = start..at;
        return at > start;
    }
}
