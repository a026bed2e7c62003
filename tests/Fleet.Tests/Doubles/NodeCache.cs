using Provider.Tests.Doubles;

namespace Fleet.Tests.Doubles;

/// <summary>A customer's cache as one node sees it.</summary>
public sealed record NodeCache(NodeProcess Node, string Customer)
{
    /// <summary>Get-or-create of a key; options as tests/FleetNode/Orders.cs has them.</summary>
    public NodeOrder Get(string key, string options = "") => Give($"get key={key} {options}");

    /// <summary>The value of a key, null for a miss.</summary>
    public async Task<string?> ReadAsync(string key, string options = "") => (await AskAsync($"read key={key} {options}")).GetValueOrDefault("value");

    public async Task SetAsync(string key, string value, string options = "") => Assert.Equal("True", (await AskAsync($"set key={key} value={value} {options}"))["ok"]);

    public async Task RemoveAsync(string key) => Assert.NotEqual("Undelivered", (await AskAsync($"remove key={key}"))["outcome"], StringComparer.Ordinal);

    public async Task RemoveByTagAsync(string tag) => Assert.Equal("True", (await AskAsync($"removetag tags={tag}"))["ok"]);

    public async Task ClearAsync() => Assert.Equal("True", (await AskAsync("clear"))["ok"]);

    public Task OpenAsync(string gate) => AskAsync($"open gate={gate}");

    public Task<Dictionary<string, string>> AskAsync(string order) => Give(order).Done.InTime();

    public NodeOrder Give(string order) => Node.Give($"{order} customer={Customer}");
}
