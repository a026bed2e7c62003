using System.Diagnostics.CodeAnalysis;
using ScopedCaching;

namespace FleetNode;

/// <summary>What a node can be told to do, each on the stack cache of the customer that the order names.</summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is the order's answer.")]
internal sealed class Orders(string node, IScopedCacheFactory caches, TextWriter answers)
{
    private readonly Gates _gates = new();
    private readonly Pulse _pulse = new(caches.Create("pulse").StackCache);
    private int _runs;

    public async Task WarmUpAsync()
    {
        var cache = caches.Create("warm-up-" + node).StackCache;
        await cache.GetOrCreateAsync("key", static _ => Task.FromResult("value"));
        await cache.TryGetAsync<string>("key");
        await cache.ClearAsync();
    }

    public async Task ObeyAsync(Order order)
    {
        // The next order does not wait for this one to begin.
        await Task.Yield();
        try
        {
            Say(order, "done " + await RunAsync(order));
        }
        catch (Exception error)
        {
            Say(order, $"failed {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private async Task<string> RunAsync(Order order)
    {
        var cache = caches.Create(order["customer"]).StackCache;
        return order.Verb switch
        {
            "silence" => $"ms={(int)_pulse.TakeLongest().TotalMilliseconds}",
            "open" => $"ok={_gates.Open(GateOf(order))}",
            "get" => await GetAsync(cache, order),
            "read" => await cache.TryGetAsync<string>(order["key"], order.Policy) is { Found: true } found ? $"found=True value={found.Value}" : "found=False",
            "set" => $"ok={await cache.SetAsync(order["key"], order["value"], order.Policy)}",
            "remove" => $"outcome={await cache.RemoveAsync(order["key"])}",
            "removetag" => $"ok={await cache.RemoveByTagAsync(order.Tags)}",
            "clear" => $"ok={await cache.ClearAsync()}",
            "count" => $"repeated={await CountAsync(cache, order)}",
            _ => throw new InvalidOperationException($"Nobody knows how to {order.Verb}."),
        };
    }

    /// <summary>
    /// Get-or-create by <c>callers</c> at once. The factory takes <c>factoryMs</c>, then waits for <c>gate</c>; with <c>background=True</c> it is one that can outlive its caller.
    /// The answer has the different values that callers got, and how many got each.
    /// </summary>
    private async Task<string> GetAsync(ICache cache, Order order)
    {
        var (key, policy, callers) = (order["key"], order.Policy, order.Number("callers", 1));
        var (isBackground, pause, gate) = (order.Find("background") is "True", order.Number("factoryMs", 0), order.Find("gate") is null ? null : GateOf(order));
        var yetToCall = callers;
        var values = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync)));
        return "values=" + string.Join(',', values.GroupBy(static value => value, StringComparer.Ordinal).Select(static same => $"{same.Key}*{same.Count()}"));

        async Task<string> CallAsync()
        {
            var pending = isBackground
                ? cache.GetOrCreateAsync(key, (_, _, token) => CreateAsync(token), policy)
                : cache.GetOrCreateAsync(key, CreateAsync, policy);
            if (Interlocked.Decrement(ref yetToCall) == 0)
            {
                Say(order, "asked");
            }

            return await pending;
        }

        async Task<string> CreateAsync(CancellationToken cancellationToken)
        {
            var value = $"{node}.{Interlocked.Increment(ref _runs)}";
            Say(order, "started");
            await Task.Delay(pause, cancellationToken);
            await (gate is null ? Task.CompletedTask : _gates.WaitAsync(gate, cancellationToken));
            return value;
        }
    }

    /// <summary>Adds one, <c>times</c> by each of <c>callers</c>. An update that gave up, because others were faster ever again, is repeated, and told.</summary>
    private static async Task<int> CountAsync(ICache cache, Order order)
    {
        var (key, policy, times) = (order["key"], order.Policy, order.Number("times", 1));
        var repeated = await Task.WhenAll(Enumerable.Range(0, order.Number("callers", 1)).Select(_ => Task.Run(CountAsync)));
        return repeated.Sum();

        async Task<int> CountAsync()
        {
            var again = 0;
            for (var done = 0; done < times;)
            {
                var updated = await cache.UpdateAsync<string>(key, static before => $"{int.Parse(before.ValueOr("0")!) + 1}", policy);
                (done, again) = updated.Found ? (done + 1, again) : (done, again + 1);
            }

            return again;
        }
    }

    private static string GateOf(Order order) => $"{order["customer"]} {order["gate"]}";

    private void Say(Order order, string what) => answers.WriteLine($"{order.Id} {what}");
}
