using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Caching.Distributed;

namespace ScopedCaching.Memcached.Distributed;

/// <summary><see cref="IDistributedCache"/> and <see cref="IBufferDistributedCache"/> on sealed entries.</summary>
internal sealed partial class MemcachedDistributedCache(ISealedStore store, string prefix, TimeProvider time) : IBufferDistributedCache
{
    private readonly EntryScope _scope = new(prefix, "distributed", isolation: "", id: "");
    private readonly RecentMisses _misses = new(time);

    // The task of a pooled wait is half the size of an async method's own.
    public Task<byte[]?> GetAsync(string key, CancellationToken token) => ReadAsync(key, token).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token)
    {
        var outcome = await store.ReadAsync(_scope.Entry(key), destination, token).ConfigureAwait(false);
        Notice(key, outcome);
        return outcome == ReadOutcome.Hit;
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(value);
        await store.WriteAsync(_scope.Entry(key), value, WriteOf(options), token).ConfigureAwait(false);
    }

    public async ValueTask SetAsync(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options, CancellationToken token) =>
        await store.WriteAsync(_scope.Entry(key), value, WriteOf(options), token).ConfigureAwait(false);

    public async Task RefreshAsync(string key, CancellationToken token)
    {
        var address = _scope.Entry(key);
        if (!_misses.Take(key))
        {
            await store.RefreshAsync(address, token).ConfigureAwait(false);
        }
    }

    public async Task RemoveAsync(string key, CancellationToken token) =>
        await store.RemoveAsync(_scope.Entry(key), token).ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<byte[]?> ReadAsync(string key, CancellationToken token)
    {
        var entry = await store.ReadAsync<byte[]>(_scope.Entry(key), format: null, token).ConfigureAwait(false);
        Notice(key, entry.Outcome);
        return entry.Value;
    }

    private void Notice(string key, ReadOutcome outcome)
    {
        if (outcome == ReadOutcome.Miss)
        {
            _misses.Add(key);
        }
    }

    /// <summary>Where both kinds of absolute expiration are given the earlier one counts, as in the platform's memory cache.</summary>
    private EntryWrite WriteOf(DistributedCacheEntryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var absolute = options.AbsoluteExpirationRelativeToNow;
        if (options.AbsoluteExpiration is { } moment)
        {
            var left = moment - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(nameof(options), "The absolute expiration must be in the future.");
            }

            absolute = absolute < left ? absolute : left;
        }

        return new EntryWrite { Life = new EntryLife(absolute, options.SlidingExpiration) };
    }
}
