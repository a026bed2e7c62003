using BenchmarkDotNet.Attributes;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Benchmarks.Micro;

/// <summary>Requests to bytes, and reply lines to what they say.</summary>
[MemoryDiagnoser]
public class ProtocolBenchmarks : IDisposable
{
    private readonly PooledBuffer _buffer = new(4096);
    private readonly byte[] _key = "bank:stack:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"u8.ToArray();
    private readonly byte[] _value = new byte[100];
    private readonly byte[] _hit = "VA 100 f3 c123456 t3599 O1234567"u8.ToArray();
    private readonly byte[] _done = "HD O1234567"u8.ToArray();

    [GlobalCleanup]
    public void Dispose()
    {
        _buffer.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int WriteGet()
    {
        _buffer.Clear();
        RequestWriter.Write(_buffer, new MetaRequest { Verb = Verb.Get, Key = _key, Wanted = Wanted.Value | Wanted.ClientFlags | Wanted.Cas | Wanted.Ttl }, 1_234_567);
        return _buffer.Length;
    }

    [Benchmark]
    public int WriteSet()
    {
        _buffer.Clear();
        RequestWriter.Write(_buffer, new MetaRequest { Verb = Verb.Set, Key = _key, Value = _value, ClientFlags = 3, Mode = SetMode.Set, Exptime = 3600 }, 1_234_567);
        return _buffer.Length;
    }

    [Benchmark]
    public bool ParseHit() => ReplyLine.TryParse(_hit, out _);

    [Benchmark]
    public bool ParseDone() => ReplyLine.TryParse(_done, out _);
}
