using Provider.Tests.Doubles;
using ScopedCaching.Memcached;

namespace Provider.Tests.Sealing;

/// <summary>The numbers that stand in the client flags on the server. Other programs and other versions read them: they never change.</summary>
public sealed class ItemFlagsTests : IDisposable
{
    private readonly EmbeddedMemcached _server = new();
    private readonly CacheProcess _process;

    public ItemFlagsTests() => _process = CacheProcess.On(_server);

    [Fact]
    public async Task An_encrypted_value_is_a_4_whatever_it_is()
    {
        Assert.Equal(4u, await FlagsOfAsync("text", encrypt: true));
        Assert.Equal(4u, await FlagsOfAsync(42L, encrypt: true));
        Assert.Equal(4u, await FlagsOfAsync<string?>(null, encrypt: true));
    }

    [Fact]
    public async Task Text_is_a_1_json_a_2_an_integer_a_3_bytes_a_5_and_null_a_6()
    {
        Assert.Equal(1u, await FlagsOfAsync("text"));
        Assert.Equal(2u, await FlagsOfAsync(new[] { "json" }));
        Assert.Equal(3u, await FlagsOfAsync(42L));
        Assert.Equal(5u, await FlagsOfAsync(new byte[] { 1, 2 }));
        Assert.Equal(6u, await FlagsOfAsync<string?>(null));
    }

    public void Dispose()
    {
        _process.Dispose();
        _server.Dispose();
    }

    private async Task<uint> FlagsOfAsync<T>(T value, bool encrypt = false)
    {
        var address = Addresses.Scope().Entry("entry");
        await _process.Sealed.WriteAsync(address, value, new EntryWrite { Format = new EntryFormat { Encrypt = encrypt } });
        return (await _process.Client.GetAsync(address.Wire())).Flags;
    }
}
