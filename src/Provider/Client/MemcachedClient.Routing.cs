using System.Buffers.Text;
using ScopedCaching.Memcached.Nodes;
using ScopedCaching.Memcached.Protocol;

namespace ScopedCaching.Memcached.Client;

/// <content>Which server is asked. A key's own is the ring's word; another one is asked only where the options say so and its own is down.</content>
internal sealed partial class MemcachedClient
{
    // A version that was read at another server than the key's own bears a mark of that server: the numbers of two servers mean nothing to each other.
    private const int MarkShift = 56;

    /// <summary>The only way to a server.</summary>
    private ValueTask<TResult> ExecuteAsync<TResult>(in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        var servers = pool.Current;
        return servers.Only is { } only
            ? only.ExecuteAsync<TResult>(request, wantsArray, cancellationToken)
            : ExecuteOnRingAsync<TResult>(servers, request, wantsArray, cancellationToken);
    }

    private ValueTask<TResult> ExecuteOnRingAsync<TResult>(ServerSnapshot servers, in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        Span<byte> raw = stackalloc byte[WireKey.MaxLength];
        var key = RawKey(request, raw);
        var route = keysAreSealed ? SealedRoute.Of(key) : key;
        var own = servers.NodeOf(route);
        if (servers.FailoverLife is { } life && own.IsDown && MayMove(request, key) && servers.SubstituteFor(route) is { } substitute && !ReferenceEquals(substitute, own))
        {
            return ExecuteElsewhereAsync<TResult>(own, substitute, life, request, key, wantsArray, cancellationToken);
        }

        // A version that was read elsewhere matches nothing here: no server counts so far.
        return own.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
    }

    /// <summary>The key as the caller has it: what is hashed is what other clients hash, too.</summary>
    private static ReadOnlySpan<byte> RawKey(in MetaRequest request, Span<byte> destination)
    {
        if (!request.KeyIsBase64)
        {
            return request.Key;
        }

        Base64.DecodeFromUtf8(request.Key, destination, out _, out var length);
        return destination[..length];
    }

    /// <summary>Numbers that are added to, and generations, must be the same for everybody.</summary>
    private bool MayMove(in MetaRequest request, ReadOnlySpan<byte> key) => request.Verb != Verb.Arithmetic && !(keysAreSealed && SealedRoute.IsFixed(key));

    private ValueTask<TResult> ExecuteElsewhereAsync<TResult>(
        Node own, Node substitute, TimeSpan life, in MetaRequest request, ReadOnlySpan<byte> key, bool wantsArray, CancellationToken cancellationToken)
    {
        var mark = MarkOf(substitute);
        if (request.Verb == Verb.Get)
        {
            var read = request with { Exptime = Exptime.AtMost(request.Exptime, life, time), Lease = Exptime.AtMost(request.Lease, life, time) };
            return typeof(TResult) == typeof(bool)
                ? substitute.ExecuteAsync<TResult>(read, wantsArray, cancellationToken)
                : MarkAsync<TResult>(substitute.ExecuteAsync<Reply>(read, wantsArray, cancellationToken), mark);
        }

        var version = request.Cas;
        if (version is { } seen)
        {
            if (seen >> MarkShift == 0)
            {
                // Its own server says itself that it cannot be reached.
                return own.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
            }

            version = seen >> MarkShift == mark ? seen & (ulong.MaxValue >> (64 - MarkShift)) : seen;
        }
        else if (request.Verb == Verb.Delete)
        {
            return RemoveAtBothAsync(StartAsync<bool>(substitute, request, wantsArray, cancellationToken), StartAsync<TResult>(own, request, wantsArray, cancellationToken));
        }

        if (request.Verb == Verb.Set && keysAreSealed && !own.Remember(request.Key))
        {
            throw new MemcachedConnectionException($"The server {own.Name} cannot be reached, and no further removals can be remembered for it. The value is not stored on another server.");
        }

        return substitute.ExecuteAsync<TResult>(
            request with { Exptime = Exptime.AtMost(request.Exptime, life, time), Cas = version }, wantsArray, cancellationToken);
    }

    /// <summary>Gone in both places, or failed: what the key's own server says counts, because what it holds comes back with it.</summary>
    private static async ValueTask<TResult> RemoveAtBothAsync<TResult>(ValueTask<bool> elsewhere, ValueTask<TResult> own)
    {
        // What is stored elsewhere does not live long: a failure there is none.
        await ((Task)elsewhere.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await own.ConfigureAwait(false);
    }

    private static ValueTask<TResult> StartAsync<TResult>(Node node, in MetaRequest request, bool wantsArray, CancellationToken cancellationToken)
    {
        try
        {
            return node.ExecuteAsync<TResult>(request, wantsArray, cancellationToken);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            return ValueTask.FromException<TResult>(refusal);
        }
    }

    private static async ValueTask<TResult> MarkAsync<TResult>(ValueTask<Reply> wait, ulong mark)
    {
        var reply = await wait.ConfigureAwait(false);
        reply = reply.Cas == 0 ? reply : reply with { Cas = reply.Cas | (mark << MarkShift) };
        object result = typeof(TResult) == typeof(StoredItem) ? reply.ToStoredItem()
            : typeof(TResult) == typeof(MemcachedItem) ? reply.ToItem()
            : reply;
        return (TResult)result;
    }

    // Never 0, which is no mark.
    private static ulong MarkOf(Node node) => (ulong)(byte)node.Name.GetHashCode(StringComparison.Ordinal) | 0x80;
}
