using Provider.Tests.Doubles;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;

namespace Provider.Tests.Freshness;

/// <summary>What a backend keeps that never drops anything by itself: not one id for every session there ever was.</summary>
public sealed class IdleGenerationTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly VendorCache _other;
    private readonly CacheProcess _process;
    private readonly EntryAddress _address = Addresses.Scope().Entry("account:1");

    public IdleGenerationTests()
    {
        _other = new VendorCache(_clock);
        _process = CacheProcess.On(_other, _clock);
    }

    public void Dispose() => _process.Dispose();

    [Fact]
    public async Task A_generation_that_nobody_asks_for_ends_on_a_store_that_slides_by_itself()
    {
        await _process.Fresh.SetAsync(_address, "old");
        await _process.Fresh.ClearAsync(_address.Scope);

        Assert.All(Generations(), call => Assert.Equal(TimeSpan.FromDays(30), call.Options!.SlidingExpiration));
        Assert.NotEmpty(Generations());

        await _process.Fresh.SetAsync(_address, "new");
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.NotEqual("new", await _process.Fresh.SeeAsync(_address), StringComparer.Ordinal);
    }

    [Fact]
    public async Task One_that_is_asked_for_lives_on_and_an_old_one_never_comes_back()
    {
        await _process.Fresh.SetAsync(_address, "kept");
        for (var week = 0; week < 10; week++)
        {
            _clock.Advance(TimeSpan.FromDays(7));
            Assert.Equal("kept", await _process.Fresh.SeeAsync(_address));
        }

        await _process.Fresh.ClearAsync(_address.Scope);
        Assert.NotEqual("kept", await _process.Fresh.SeeAsync(_address), StringComparer.Ordinal);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.NotEqual("kept", await _process.Fresh.SeeAsync(_address), StringComparer.Ordinal);
    }

    private VendorCall[] Generations() => [.. _other.Calls.Where(static call => call is { Verb: "set" } && call.Key.Contains("~g", StringComparison.Ordinal))];
}
