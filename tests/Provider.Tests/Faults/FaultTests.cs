using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Faults;

/// <summary>What callers are told.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("")]
    [InlineData("HD O9\r\n")]
    public async Task Every_caller_of_a_connection_that_ends_gets_an_exception_of_its_own(string lastWords)
    {
        var server = new ScriptedServer();
        using var client = new TestClient(server);
        Task<MemcachedItem>[] gets = [.. Enumerable.Range(0, 20).Select(i => client.Verbs.GetAsync($"key{i}").AsTask())];
        var link = await server.LinkAsync();
        await link.SentAsync("key19");

        link.Say(lastWords);
        link.Close();

        var faults = new HashSet<Exception>(ReferenceEqualityComparer.Instance);
        foreach (var get in gets)
        {
            faults.Add(await Assert.ThrowsAnyAsync<MemcachedException>(get.InTime));
        }

        // One that all of them throw would carry the trace of each.
        Assert.Equal(gets.Length, faults.Count);
        Assert.All(faults, fault => Assert.InRange(fault.StackTrace!.Length, 0, 5000));
    }
}
