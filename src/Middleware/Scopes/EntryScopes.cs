using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;

namespace ScopedCaching.Scopes;

/// <summary>
/// Makes the scopes of entries. Stack and service scopes are kept, so that a request of a known customer allocates none:
/// <code>
/// stack   · isolation: customer · id: customer
/// session · isolation: customer · id: SHA-256 of customer, user and session id
/// service · isolation: ""       · id: ""
/// </code>
/// </summary>
internal sealed class EntryScopes(IOptionsMonitor<MemcachedOptions> options)
{
    private const int Kept = 4096;

    // As it was at startup: a prefix that changed under a running service would orphan what it holds.
    private readonly string _prefix = options.CurrentValue.Prefix;
    private readonly ConcurrentDictionary<Key, EntryScope> _kept = new();
    private int _count;

    public EntryScope Stack(string customer, string view) => Keep(new Key(customer, view));

    public EntryScope Service(string view) => Keep(new Key(Customer: null, view));

    public EntryScope Session(string customer, string user, string session, string view) =>
        new(_prefix, "session", customer, SessionHash(customer, user, session), view);

    // The parts are length-prefixed, so that no two triples are the same text; UTF-16 keeps even half a surrogate pair as it is.
    private static string SessionHash(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Base64Url.EncodeToString(digest);
    }

    private EntryScope Keep(Key key)
    {
        if (_kept.TryGetValue(key, out var scope))
        {
            return scope;
        }

        scope = key.Customer is { } customer
            ? new EntryScope(_prefix, "stack", customer, customer, key.View)
            : new EntryScope(_prefix, "service", "", "", key.View);
        if (Interlocked.Increment(ref _count) > Kept)
        {
            // Starting over is rare, and cheaper than keeping account of who was used last.
            _kept.Clear();
            Volatile.Write(ref _count, 1);
        }

        _kept[key] = scope;
        return scope;
    }

    private readonly record struct Key(string? Customer, string View);
}
