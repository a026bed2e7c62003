using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Distributed;
using ScopedCaching.Memcached;

namespace Provider.Tests.Faults;

/// <summary>A face of the cache, as its callers use it. A fault of the cache is no answer; any other exception is a failure of what is tested.</summary>
internal abstract class CheckedCache(string name)
{
    public string Name => name;

    /// <summary>Whether values that were damaged on their way are recognised. The raw client hands out what came; it promises only never to mix up replies.</summary>
    public virtual bool TellsDamage => true;

    /// <summary>How many operations one after another a call of this face may need at most: each has the whole timeout.</summary>
    public virtual int Trips => 1;

    /// <returns>Null when there is no value, or no answer.</returns>
    public abstract ValueTask<byte[]?> ReadAsync(string key);

    public virtual async ValueTask<byte[]?[]> ReadManyAsync(string[] keys) => [await ReadAsync(keys[0])];

    /// <returns>Whether it was acknowledged.</returns>
    public abstract ValueTask<bool> WriteAsync(string key, byte[] value);

    /// <returns>Whether no read through this face may find the former value any more.</returns>
    public abstract ValueTask<bool> RemoveAsync(string key);

    public virtual Task PauseAsync() => Task.Delay(1);
}

internal sealed class RawFace(IMemcachedClient client, string name = "raw") : CheckedCache(name)
{
    public override bool TellsDamage => false;

    public override async ValueTask<byte[]?> ReadAsync(string key)
    {
        try
        {
            return (await client.GetAsync(key)).Value;
        }
        catch (MemcachedException)
        {
            return null;
        }
    }

    public override async ValueTask<byte[]?[]> ReadManyAsync(string[] keys)
    {
        try
        {
            var found = await client.GetManyAsync(keys);
            return [.. keys.Select(key => found.TryGetValue(key, out var item) ? item.Value : null)];
        }
        catch (MemcachedException)
        {
            return new byte[]?[keys.Length];
        }
    }

    public override async ValueTask<bool> WriteAsync(string key, byte[] value)
    {
        try
        {
            return await client.SetAsync(key, value);
        }
        catch (MemcachedException)
        {
            return false;
        }
    }

    public override async ValueTask<bool> RemoveAsync(string key)
    {
        try
        {
            await client.DeleteAsync(key);
            return true;
        }
        catch (MemcachedException)
        {
            return false;
        }
    }
}

/// <summary>With <see cref="OnFailure.Miss"/>: never an exception.</summary>
internal sealed class SealedFace(ISealedStore store, EntryScope scope, string name = "sealed") : CheckedCache(name)
{
    private static readonly EntryWrite s_write = new() { Life = new EntryLife(TimeSpan.FromHours(1)) };

    public override async ValueTask<byte[]?> ReadAsync(string key) => (await store.ReadAsync<byte[]>(scope.Entry(key))).Value;

    public override async ValueTask<byte[]?[]> ReadManyAsync(string[] keys)
    {
        var entries = await store.ReadManyAsync<byte[]>([.. keys.Select(scope.Entry)]);
        return [.. entries.Select(entry => entry.Value)];
    }

    public override async ValueTask<bool> WriteAsync(string key, byte[] value) =>
        await store.WriteAsync(scope.Entry(key), value, s_write) == WriteOutcome.Stored;

    // Also where it could not be delivered: then it is before anything is read.
    public override async ValueTask<bool> RemoveAsync(string key) => await store.RemoveAsync(scope.Entry(key)) >= RemoveOutcome.Removed;
}

/// <summary>With generations, and every other write under a lease.</summary>
internal sealed class FreshFace(IFreshStore store, EntryScope scope, string name = "fresh") : CheckedCache(name)
{
    private static readonly EntryWrite s_write = new() { Life = new EntryLife(TimeSpan.FromHours(1)) };
    private int _writes;

    // The ids, the entry, and what was undelivered before.
    public override int Trips => 3;

    public override async ValueTask<byte[]?> ReadAsync(string key)
    {
        var entry = await store.ReadAsync<byte[]>(scope.Entry(key));
        return entry.Found ? entry.Value : null;
    }

    public override async ValueTask<byte[]?[]> ReadManyAsync(string[] keys)
    {
        var entries = await store.ReadManyAsync<byte[]>([.. keys.Select(scope.Entry)]);
        return [.. entries.Select(entry => entry.Found ? entry.Value : null)];
    }

    public override async ValueTask<bool> WriteAsync(string key, byte[] value)
    {
        if (Interlocked.Increment(ref _writes) % 2 == 0)
        {
            return await store.WriteAsync(scope.Entry(key), value, s_write) == WriteOutcome.Stored;
        }

        var found = await store.ReadOrLeaseAsync<byte[]>(scope.Entry(key), EntryRead.Default, TimeSpan.FromSeconds(1));
        if (found is not { Lease: { } lease, Generations: { } generations })
        {
            return await store.WriteAsync(scope.Entry(key), value, s_write) == WriteOutcome.Stored;
        }

        await using (lease)
        {
            return await lease.StoreAsync(value, s_write, generations) == WriteOutcome.Stored;
        }
    }

    public override async ValueTask<bool> RemoveAsync(string key) => await store.RemoveAsync(scope.Entry(key)) >= RemoveOutcome.Removed;
}

/// <summary>With <see cref="OnFailure.Throw"/>, so that a write tells whether it was stored.</summary>
internal sealed class DistributedFace(IDistributedCache cache, string name) : CheckedCache(name)
{
    private static readonly DistributedCacheEntryOptions s_options = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) };

    public override async ValueTask<byte[]?> ReadAsync(string key)
    {
        try
        {
            return await cache.GetAsync(key);
        }
        catch (MemcachedException)
        {
            return null;
        }
    }

    public override async ValueTask<bool> WriteAsync(string key, byte[] value)
    {
        try
        {
            await cache.SetAsync(key, value, s_options);
            return true;
        }
        catch (MemcachedException)
        {
            return false;
        }
    }

    public override async ValueTask<bool> RemoveAsync(string key)
    {
        try
        {
            await cache.RemoveAsync(key);
        }
        catch (MemcachedException)
        {
            // Thrown, and remembered.
        }

        return true;
    }
}

/// <summary>The blocking members, on threads of their own.</summary>
[SuppressMessage("Usage", "VSTHRD103:Call async methods when in an async method", Justification = "These are the blocking members.")]
internal sealed class BlockingFace(IDistributedCache cache, string name) : CheckedCache(name)
{
    private static readonly DistributedCacheEntryOptions s_options = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) };

    public override ValueTask<byte[]?> ReadAsync(string key)
    {
        try
        {
            return ValueTask.FromResult(cache.Get(key));
        }
        catch (MemcachedException)
        {
            return ValueTask.FromResult<byte[]?>(null);
        }
    }

    public override ValueTask<bool> WriteAsync(string key, byte[] value)
    {
        try
        {
            cache.Set(key, value, s_options);
            return ValueTask.FromResult(true);
        }
        catch (MemcachedException)
        {
            return ValueTask.FromResult(false);
        }
    }

    public override ValueTask<bool> RemoveAsync(string key)
    {
        try
        {
            cache.Remove(key);
        }
        catch (MemcachedException)
        {
            // Thrown, and remembered.
        }

        return ValueTask.FromResult(true);
    }

    public override Task PauseAsync()
    {
        Thread.Sleep(1);
        return Task.CompletedTask;
    }
}
