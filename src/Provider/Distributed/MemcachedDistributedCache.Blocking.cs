using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Distributed;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached.Distributed;

/// <content>The interface's blocking members: the asynchronous ones, run on the blocked thread itself.</content>
[SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "These are the blocking members.")]
internal sealed partial class MemcachedDistributedCache
{
    public byte[]? Get(string key) =>
        BlockingCaller.Run((Cache: this, Key: key), static state => state.Cache.ReadAsync(state.Key, CancellationToken.None));

    public bool TryGet(string key, IBufferWriter<byte> destination) =>
        BlockingCaller.Run(
            (Cache: this, Key: key, Destination: destination),
            static state => state.Cache.TryGetAsync(state.Key, state.Destination, CancellationToken.None));

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        Run((Cache: this, Key: key, Value: value, Options: options), static state =>
            state.Cache.SetAsync(state.Key, state.Value, state.Options, CancellationToken.None));

    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) =>
        Run((Cache: this, Key: key, Value: value, Options: options), static state =>
            state.Cache.SetAsync(state.Key, state.Value, state.Options, CancellationToken.None).AsTask());

    public void Refresh(string key) =>
        Run((Cache: this, Key: key), static state => state.Cache.RefreshAsync(state.Key, CancellationToken.None));

    public void Remove(string key) =>
        Run((Cache: this, Key: key), static state => state.Cache.RemoveAsync(state.Key, CancellationToken.None));

    private static void Run<TState>(TState state, Func<TState, Task> start) =>
        BlockingCaller.Run((State: state, Start: start), static async call =>
        {
            await call.Start(call.State).ConfigureAwait(false);
            return true;
        });
}
