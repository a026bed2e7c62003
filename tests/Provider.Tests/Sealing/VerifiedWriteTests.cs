using Microsoft.Extensions.DependencyInjection;
using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary><see cref="MemcachedOptions.VerifyWrites"/> against a store that keeps other bytes than it was given.</summary>
public sealed class VerifiedWriteTests
{
    private static readonly EntryAddress s_address = Addresses.Scope().Entry("account:1");
    private readonly DictionaryStore _store = new() { Spoils = static _ => true };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_value_that_was_not_stored_as_sent_is_told_where_writes_are_verified(bool verifies)
    {
        using var process = new CacheProcess(
            options => (options.Backend, options.VerifyWrites) = ("mine", verifies),
            add: services => services.AddKeyedSingleton<ICacheStore>("mine", _store));
        var expected = verifies ? WriteOutcome.Unavailable : WriteOutcome.Stored;

        Assert.Equal(expected, await process.Sealed.WriteAsync(s_address, 1, new EntryWrite()));
        Assert.Equal([expected], await process.Sealed.WriteManyAsync([KeyValuePair.Create(s_address, 1)], new EntryWrite()));
        Assert.Equal(ReadOutcome.Unopenable, (await process.Sealed.ReadAsync<int>(s_address)).Outcome);
    }
}
