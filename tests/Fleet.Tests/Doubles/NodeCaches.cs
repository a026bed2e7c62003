using Provider.Tests.Doubles;

namespace Fleet.Tests.Doubles;

/// <summary>How an entry can be there and yet need a factory.</summary>
public enum Entry
{
    Absent,
    Stale,
    Cleared,
}

/// <summary>What tests do with all the nodes.</summary>
internal static class NodeCaches
{
    public const string Key = "key";
    public const string Old = "old";

    /// <summary>For gets that may answer a stale value.</summary>
    public const string StaleFor = "staleFor=600000";

    /// <summary>Brings the entry about, with <see cref="Old"/> for its value unless it is absent.</summary>
    public static async Task SeedAsync(this NodeCache[] caches, Entry entry)
    {
        switch (entry)
        {
            case Entry.Stale:
                await caches[0].SetAsync(Key, Old, $"expiration=20 {StaleFor}");
                await Eventually.TrueAsync(async () => await caches[1].ReadAsync(Key) is null);
                break;
            case Entry.Cleared:
                await caches[0].SetAsync(Key, Old);
                await caches[1].ClearAsync();
                break;
        }
    }

    /// <summary>Every node asks for the key at once.</summary>
    public static async Task<NodeOrder[]> GetAllAsync(this NodeCache[] caches, string options)
    {
        NodeOrder[] gets = [.. caches.Select(cache => cache.Get(Key, options))];
        await Task.WhenAll(gets.Select(get => get.Asked)).InTime();
        return gets;
    }

    /// <summary>The node among those that ask whose factory runs.</summary>
    public static async Task<int> WinnerAsync(this NodeOrder[] gets)
    {
        await (await Task.WhenAny(gets.Select(get => get.Started)).InTime());
        return Array.FindIndex(gets, get => get.Runs > 0);
    }

    /// <summary>Asks on every node, until one of them runs its factory; before, they may only answer a stale value. The new value, which all of them have then.</summary>
    public static async Task<string> GoOnAsync(this NodeCache[] caches, string options)
    {
        NodeOrder[] gets = [];
        await Eventually.TrueAsync(async () =>
        {
            gets = await caches.GetAllAsync(options);
            var values = await Task.WhenAll(gets.Select(get => get.ValuesAsync()));
            var isRefreshed = gets.Sum(get => get.Runs) > 0;
            Assert.True(isRefreshed || values.All(value => value.Keys.SequenceEqual([Old], StringComparer.Ordinal)), "A value came from nowhere.");
            return isRefreshed;
        });
        Assert.Equal(1, gets.Sum(get => get.Runs));
        return await caches.ReadAllAsync() ?? throw new InvalidOperationException("What the factory returned was not stored.");
    }

    /// <summary>The one answer that all nodes give to a read; null for a miss.</summary>
    public static async Task<string?> ReadAllAsync(this NodeCache[] caches)
    {
        var values = await Task.WhenAll(caches.Select(cache => cache.ReadAsync(Key)));
        return Assert.Single(values.Distinct(StringComparer.Ordinal));
    }

    public static Task OpenAllAsync(this NodeCache[] caches, string gate) => Task.WhenAll(caches.Select(cache => cache.OpenAsync(gate)));
}
