using System.ComponentModel;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Caching;

namespace ScopedCaching.Output;

/// <summary>A response as it was rendered, or the mark that there is none to be stored. Never changes, so all who ask for it share it.</summary>
[ImmutableObject(true)]
internal sealed class CachedPage(DateTimeOffset createdAt, KeyValuePair<string, StringValues>[] headers, ReadOnlyMemory<byte> body) : ISizedValue
{
    private const int HeaderOverhead = 96;

    /// <summary>Stands where a response turned out not to be storable: for its short life everybody runs the endpoint, and nobody waits for anybody.</summary>
    public static CachedPage Uncacheable { get; } = new(default, [], default);

    public bool IsUncacheable => createdAt == default;

    public DateTimeOffset CreatedAt => createdAt;

    public KeyValuePair<string, StringValues>[] Headers => headers;

    public ReadOnlyMemory<byte> Body => body;

    public int Size => body.Length + headers.Sum(static header => HeaderOverhead + (sizeof(char) * header.Value.Sum(static value => value?.Length ?? 0)));
}
