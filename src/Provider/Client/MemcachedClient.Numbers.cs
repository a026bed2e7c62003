using System.Globalization;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <content>Verbs that end in a number.</content>
internal sealed partial class MemcachedClient
{
    public ValueTask<ulong?> IncrementAsync(MemcachedKey key, ulong delta, CancellationToken cancellationToken) =>
        CountAsync(AddAsync(key, delta, decrement: false, created: null, cancellationToken));

    public ValueTask<ulong?> DecrementAsync(MemcachedKey key, ulong delta, CancellationToken cancellationToken) =>
        CountAsync(AddAsync(key, delta, decrement: true, created: null, cancellationToken));

    /// <summary>Adds to a number; with <paramref name="created"/> an absent one is created with that number and life.</summary>
    public ValueTask<Reply> AddAsync(
        MemcachedKey key, ulong delta, bool decrement, (ulong Initial, Expiry Expiry)? created, CancellationToken cancellationToken)
    {
        var wireKey = WireKey.Encode(key, stackalloc byte[WireKey.MaxLength], out var isBase64);
        var request = new MetaRequest
        {
            Verb = Verb.Arithmetic,
            Key = wireKey,
            KeyIsBase64 = isBase64,
            Delta = delta,
            Decrement = decrement,
            Initial = created?.Initial,
            Exptime = created is { } item ? Exptime.Of(item.Expiry, time) : null,
        };
        return ExecuteAsync<Reply>(request, wantsArray: false, cancellationToken);
    }

    /// <summary>The number in a reply; after a decrement it may have blanks behind it.</summary>
    internal static ulong? CountOf(in Reply reply) => reply.Status switch
    {
        ReplyStatus.NotFound => null,
        ReplyStatus.Value when ulong.TryParse(reply.Value.Span.TrimEnd((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture, out var count) => count,
        _ => throw reply.Unexpected(),
    };

    private static async ValueTask<ulong?> CountAsync(ValueTask<Reply> wait)
    {
        var reply = await wait.ConfigureAwait(false);
        try
        {
            return CountOf(reply);
        }
        finally
        {
            reply.Release();
        }
    }
}
