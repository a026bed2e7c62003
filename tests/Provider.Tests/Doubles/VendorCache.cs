using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Distributed;

namespace Provider.Tests.Doubles;

/// <summary>
/// Another vendor's cache, as Redis behaves behind its <see cref="IDistributedCache"/>: answers come from another thread, lives are cut to whole
/// seconds, and faults name the key. It remembers every call.
/// </summary>
internal sealed class VendorCache(TimeProvider? clock = null) : IDistributedCache
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _running;
    private int _atOnce;

    public ConcurrentQueue<VendorCall> Calls { get; } = new();

    /// <summary>What fails: the calls of this verb, "all" of them, or all "at once", "late", or by "cancelling" themselves.</summary>
    public string? Failing { get; set; }

    /// <summary>Calls that begin now wait for it, and do not listen to anybody's cancellation.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The most calls that were under way together.</summary>
    public int AtOnce => Volatile.Read(ref _atOnce);

    public string Verbs => string.Join(' ', Calls.Select(call => call.Verb));

    public byte[]? Stored(string key) => _entries.GetValueOrDefault(key)?.Value;

    /// <summary>Puts bytes there as somebody else would.</summary>
    public void Plant(string key, byte[] value) => _entries[key] = new Entry(value, null, null, _clock.GetUtcNow());

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        await CallAsync(new VendorCall("get", key));
        var now = _clock.GetUtcNow();
        if (!_entries.TryGetValue(key, out var entry) || entry.End <= now || now - entry.LastRead >= entry.Sliding)
        {
            return null;
        }

        _entries[key] = entry with { LastRead = now };
        return entry.Value;
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        await CallAsync(new VendorCall("set", key, value, options));
        var now = _clock.GetUtcNow();
        var life = options.AbsoluteExpirationRelativeToNow is { } exact ? TimeSpan.FromSeconds((long)exact.TotalSeconds) : (TimeSpan?)null;
        _entries[key] = new Entry(value, now + life, options.SlidingExpiration, now);
    }

    public async Task RefreshAsync(string key, CancellationToken token = default) => await GetAsync(key, token);

    public async Task RemoveAsync(string key, CancellationToken token = default)
    {
        await CallAsync(new VendorCall("remove", key));
        _entries.TryRemove(key, out _);
    }

    public byte[]? Get(string key) => throw new NotSupportedException();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public void Refresh(string key) => throw new NotSupportedException();

    public void Remove(string key) => throw new NotSupportedException();

    private async Task CallAsync(VendorCall call)
    {
        var gate = Gate;
        Calls.Enqueue(call);
        if (string.Equals(Failing, "at once", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("No connection is available to " + call.Key);
        }

        var running = Interlocked.Increment(ref _running);
        lock (_entries)
        {
            _atOnce = Math.Max(_atOnce, running);
        }

        await Task.Yield();
        await gate;
        Interlocked.Decrement(ref _running);
        if (string.Equals(Failing, "all", StringComparison.Ordinal) || string.Equals(Failing, call.Verb, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("It failed for " + call.Key);
        }

        switch (Failing)
        {
            case "late":
                throw new TimeoutException("Timeout performing HMGET " + call.Key);
            case "cancelling":
                throw new TaskCanceledException("The request for " + call.Key + " was canceled.");
        }
    }

    private sealed record Entry(byte[] Value, DateTimeOffset? End, TimeSpan? Sliding, DateTimeOffset LastRead);
}

/// <summary>A call that <see cref="VendorCache"/> was given.</summary>
internal sealed record VendorCall(string Verb, string Key, byte[]? Value = null, DistributedCacheEntryOptions? Options = null);
