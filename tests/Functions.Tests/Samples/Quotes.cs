using ScopedCaching;

namespace Functions.Tests.Samples;

/// <summary>A service whose functions are refreshed in the background.</summary>
public interface IQuotes
{
    static CachePolicy Ahead { get; } = CachePolicy.For(TimeSpan.FromSeconds(60)) with { RefreshAhead = TimeSpan.FromSeconds(30) };

    [Cached(Policy = nameof(Ahead))]
    Task<string> QuoteAsync(int id, CancellationToken ct = default);

    [Cached(Seconds = 60)]
    Task<string> PlainAsync(int id);
}

public sealed class QuotesCount
{
    public int Made { get; set; }
}

/// <summary>Like a service that holds a database connection: of no use after its scope.</summary>
public sealed class Quotes : IQuotes, IDisposable
{
    private readonly int _number;
    private bool _disposed;

    public Quotes(QuotesCount count) => _number = ++count.Made;

    public Task<string> QuoteAsync(int id, CancellationToken ct) => PlainAsync(id);

    public Task<string> PlainAsync(int id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Task.FromResult($"{id} by {_number}");
    }

    public void Dispose() => _disposed = true;
}
