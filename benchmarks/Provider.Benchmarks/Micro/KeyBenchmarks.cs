using BenchmarkDotNet.Attributes;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Client;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Benchmarks.Micro;

/// <summary>Keys: a raw one to its wire form, and an entry's address to its hashed one.</summary>
[MemoryDiagnoser]
public class KeyBenchmarks
{
    private readonly MemcachedKey _printable = "account:4711:balance";
    private readonly MemcachedKey _encoded = "account:4711:übersicht";
    private readonly SealedKeys _hash = new(secret: null);
    private readonly SealedKeys _hmac = new("0123456789abcdef0123456789abcdef");
    private readonly EntryAddress _address = new EntryScope("bank", "stack", "customer-17", "customer-17").Entry("account:4711");

    [Benchmark]
    public int WireKeyPrintable() => WireKey.Encode(_printable, stackalloc byte[WireKey.MaxLength], out _).Length;

    [Benchmark]
    public int WireKeyBase64() => WireKey.Encode(_encoded, stackalloc byte[WireKey.MaxLength], out _).Length;

    [Benchmark]
    public int SealedKeySha256() => RentAndReturn(_hash);

    [Benchmark]
    public int SealedKeyHmac() => RentAndReturn(_hmac);

    private int RentAndReturn(SealedKeys keys)
    {
        var key = keys.Rent(_address);
        key.Return();
        return key.Memory.Length;
    }
}
