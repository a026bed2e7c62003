using System.Text;
using ScopedCaching.Memcached;

namespace ScopedCaching.Inspector;

/// <summary>Reads an entry for a person's eyes. No statistics count it, and nothing keeps it.</summary>
internal static class ValueReader
{
    private const int MostCharacters = 64 << 10;
    private const int MostBytes = 1 << 10;

    private static readonly EntryRead s_sealed = new() { AsPayload = true };

    // Only for what is known to have been stored without encryption: such an entry, whoever controls the server could have written.
    private static readonly EntryRead s_plain = new() { AsPayload = true, Format = new EntryFormat { Encrypt = false } };

    public static async ValueTask<ShownValue> ReadAsync(IFreshStore store, EntryAddress address, bool isPlain, CancellationToken cancellationToken)
    {
        var entry = await store.ReadAsync<byte[]>(address, isPlain ? s_plain : s_sealed, cancellationToken).ConfigureAwait(false);
        if (!entry.Found || entry.Payload is not { } payload)
        {
            return new ShownValue(entry.Outcome.ToString());
        }

        var text = Text(store, payload);
        return new ShownValue(
            entry.Outcome.ToString(), payload.Form.ToString(), Cut(text), text.Length > MostCharacters, payload.Length, entry.Deadline, entry.FreshUntil);
    }

    private static string Text(IFreshStore store, EntryPayload payload) => payload.Form switch
    {
        EntryForm.Text => store.TryUnpack<string>(payload, format: null, out var text) ? text ?? "" : "",
        EntryForm.Json or EntryForm.Number => Encoding.UTF8.GetString(payload.Bytes.Span),
        EntryForm.Null => "null",
        _ => Bytes(payload.Bytes.Span),
    };

    private static string Bytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, MostBytes)]) + (bytes.Length > MostBytes ? "…" : "");

    private static string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];
}
