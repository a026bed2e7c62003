using System.IO.Compression;
using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Provider.Benchmarks;

/// <summary>Why the envelope compresses with Brotli at quality 1: JSON of 1, 4 and 64 KB, against the other fast settings and ZLib.</summary>
[MemoryDiagnoser]
public class CompressionBenchmarks
{
    private const int WindowBits = 18;
    private byte[] _value = [];
    private byte[] _room = [];
    private byte[] _brotli = [];
    private byte[] _zlib = [];

    [Params(1024, 4096, 65536)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _value = SomeJson(Size);
        _room = new byte[Size * 2];
        _brotli = _room[..Brotli1()];
        _zlib = _room[..ZLibFastest()];
        Console.WriteLine($"// {Size} bytes: Brotli 0 {Brotli0()}, Brotli 1 {_brotli.Length}, ZLib fastest {_zlib.Length}");
    }

    [Benchmark]
    public int Brotli0() => Brotli(quality: 0);

    [Benchmark(Baseline = true)]
    public int Brotli1() => Brotli(quality: 1);

    [Benchmark]
    public int ZLibFastest()
    {
        using var memory = new MemoryStream(_room);
        using (var stream = new ZLibStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(_value);
        }

        return (int)memory.Position;
    }

    [Benchmark]
    public int BrotliInflate() => BrotliDecoder.TryDecompress(_brotli, _room, out var written) ? written : throw new InvalidDataException();

    [Benchmark]
    public int ZLibInflate()
    {
        using var stream = new ZLibStream(new MemoryStream(_zlib), CompressionMode.Decompress);
        return stream.ReadAtLeast(_room, Size, throwOnEndOfStream: true);
    }

    private int Brotli(int quality) =>
        BrotliEncoder.TryCompress(_value, _room, out var written, quality, WindowBits) ? written : throw new InvalidDataException();

    /// <summary>JSON as an account list has it, the same every time.</summary>
    internal static byte[] SomeJson(int size)
    {
        var random = new Random(7);
        var accounts = Enumerable.Range(0, (size / 100) + 1).Select(i => new
        {
            Id = random.Next(1_000_000),
            Iban = "CH" + random.NextInt64(1_000_000_000_000, 9_999_999_999_999),
            Owner = $"Owner {random.Next(100)}",
            Currency = "CHF",
            Balance = random.Next(1_000_000) / 100m,
            Active = random.Next(2) == 0,
            Reference = new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        });
        return JsonSerializer.SerializeToUtf8Bytes(accounts)[..size];
    }
}
