using System.Collections.Concurrent;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;
using ScopedCaching.Memcached.Telemetry;

namespace Provider.Tests.Envelope;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class SetClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>A process's real DataProtection; processes that share a repository share their keys.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly ServiceProvider _services;

    public KeyRing(KeyRing? sharing = null, string application = "tests")
    {
        Repository = sharing?.Repository ?? new MemoryRepository();
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName(application);
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = Repository);
        _services = services.BuildServiceProvider();
    }

    public IDataProtectionProvider Provider => _services.GetRequiredService<IDataProtectionProvider>();

    public IKeyManager Manager => _services.GetRequiredService<IKeyManager>();

    private MemoryRepository Repository { get; }

    public void Dispose() => _services.Dispose();

    private sealed class MemoryRepository : IXmlRepository
    {
        private readonly ConcurrentQueue<XElement> _elements = new();

        public IReadOnlyCollection<XElement> GetAllElements() => [.. _elements.Select(element => new XElement(element))];

        public void StoreElement(XElement element, string friendlyName) => _elements.Enqueue(new XElement(element));
    }
}

/// <summary>Protects nothing, counts, and can be told to refuse: for tests of what happens around DataProtection.</summary>
internal sealed class CountingProtection : IDataProtectionProvider
{
    private int _wraps;
    private int _unwraps;

    public int Wraps => _wraps;

    public int Unwraps => _unwraps;

    public bool Refuses { get; set; }

    public Action? OnWrap { get; set; }

    public Action? OnUnwrap { get; set; }

    /// <summary>What was to be protected last: the very array.</summary>
    public byte[]? LastPlaintext { get; private set; }

    public IDataProtector CreateProtector(string purpose) => new Protector(this, purpose);

    private sealed class Protector(CountingProtection owner, string purpose) : IDataProtector
    {
        public IDataProtector CreateProtector(string purpose1) => new Protector(owner, purpose + "/" + purpose1);

        public byte[] Protect(byte[] plaintext)
        {
            Interlocked.Increment(ref owner._wraps);
            owner.LastPlaintext = plaintext;
            owner.OnWrap?.Invoke();
            return owner.Refuses ? throw new InvalidOperationException("refused") : [.. Encoding.UTF8.GetBytes(purpose), .. plaintext];
        }

        public byte[] Unprotect(byte[] protectedData)
        {
            Interlocked.Increment(ref owner._unwraps);
            owner.OnUnwrap?.Invoke();
            var start = Encoding.UTF8.GetBytes(purpose);
            return owner.Refuses || !protectedData.AsSpan().StartsWith(start) ? throw new InvalidOperationException("refused") : protectedData[start.Length..];
        }
    }
}

internal sealed class RecordedLog : ILogger
{
    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((eventId.Id, logLevel, formatter(state, exception) + exception));
}

/// <summary>The same bytes every time.</summary>
internal sealed class FixedRandom : RandomSource
{
    public override void FillKey(Span<byte> key) => key.Fill(0x42);

    public override void FillNonce(Span<byte> nonce) => nonce.Fill(0x17);
}

/// <summary>One process's envelope layer.</summary>
internal sealed class Process : IDisposable
{
    public static readonly EntryScope Scope = new("app", "stack", "bank-a", "bank-a");
    public static readonly EntryFormat Plain = new() { Encrypt = false };

    public Process(IDataProtectionProvider? provider = null, IKeyManager? manager = null, SetClock? clock = null, DataKeyLimits? limits = null, MemcachedOptions? options = null, RandomSource? random = null, CacheMetrics? metrics = null)
    {
        Clock = clock ?? new SetClock();
        Keys = new DataKeys(provider ?? new CountingProtection(), manager, Clock, metrics ?? CacheMetrics.Unlistened, Log, limits, random);
        Codec = new EnvelopeCodec(options ?? new MemcachedOptions(), Keys, Clock, metrics ?? CacheMetrics.Unlistened, Log, random);
    }

    public RecordedLog Log { get; } = new();

    public SetClock Clock { get; }

    public DataKeys Keys { get; }

    public EnvelopeCodec Codec { get; }

    public static Process On(KeyRing ring, SetClock? clock = null, DataKeyLimits? limits = null) => new(ring.Provider, ring.Manager, clock, limits);

    public byte[] Seal<T>(EntryAddress address, T value, EntryFormat? format = null, EnvelopeTerms terms = default)
    {
        using var buffer = new PooledBuffer();
        Codec.Seal(address, value, terms, format ?? EntryFormat.Default, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public OpenOutcome Open(EntryAddress address, ReadOnlyMemory<byte> envelope, EntryFormat? format = null) =>
        Open<object>(address, envelope, out _, format, read: false);

    public OpenOutcome Open<T>(EntryAddress address, ReadOnlyMemory<byte> envelope, out T? value, EntryFormat? format = null, bool read = true)
    {
        using var scratch = new PooledBuffer();
        value = default;
        var outcome = Codec.Open(address, envelope, format ?? EntryFormat.Default, Clock.GetUtcNow(), scratch, out var opened);
        if (outcome == OpenOutcome.Opened && read)
        {
            Assert.True(Codec.TryRead(opened, format ?? EntryFormat.Default, out value));
        }

        return outcome;
    }

    public void Dispose() => Keys.Dispose();
}
