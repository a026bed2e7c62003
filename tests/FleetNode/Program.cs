using FleetNode;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;
using ScopedCaching.Memcached;

// One process of an application with scoped caches, which does what it is told on standard input:
//
//   FleetNode <name> <memcached's host:port> <folder of the DataProtection keys>
//
//   → <id> <verb> <option>=<value> …          any number at a time, each with an id of its own; Orders.cs has the verbs
//   ← ready                                    once, when the caches have been used
//   ← <id> asked                               get: all its callers have called
//   ← <id> started                             get: a factory run begins
//   ← <id> done <option>=<value> …
//   ← <id> failed <why>
//
// It ends with its standard input, whatever is still under way.
if (args is not [var name, var server, var keys])
{
    Console.Error.WriteLine("FleetNode <name> <memcached's host:port> <folder of the DataProtection keys>");
    return 2;
}

var services = new ServiceCollection();
services.AddMemcachedScopedCache();
services.AddMemcachedCache(options =>
{
    options.Prefix = "fleet";
    options.Servers = [MemcachedEndpoint.Parse(server)];
    // A machine that is busy, or a node that was stopped for a while, is no outage.
    (options.ConnectTimeout, options.Timeout) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));
});
services.AddDataProtection().SetApplicationName("fleet").PersistKeysToFileSystem(new DirectoryInfo(keys));
await using var provider = services.BuildServiceProvider();
var orders = new Orders(name, provider.GetRequiredService<IScopedCacheFactory>(), Console.Out);
await orders.WarmUpAsync();
Console.WriteLine("ready");
while (await Console.In.ReadLineAsync() is { } line)
{
    _ = orders.ObeyAsync(Order.Parse(line));
}

return 0;
