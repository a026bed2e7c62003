using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Provider.Tests.Doubles;

/// <summary>What flows with a request into all that is begun within it, as its trace, its <c>HttpContext</c> and its logging scopes do.</summary>
internal static class RequestFlow
{
    private static readonly AsyncLocal<string?> s_customer = new();

    /// <summary>Whose flow this is; null: nobody's.</summary>
    public static string? Customer => s_customer.Value;

    public static T Of<T>(string customer, Func<T> request)
    {
        T result = default!;
        ExecutionContext.Run(
            ExecutionContext.Capture()!,
            _ =>
            {
                s_customer.Value = customer;
                result = request();
            },
            null);
        return result;
    }
}

/// <summary>A log that notes in whose flow its lines were written.</summary>
internal sealed class FlowLog : ILogger
{
    public ConcurrentQueue<string?> Customers { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Customers.Enqueue(RequestFlow.Customer);
}
