namespace ScopedCaching.Memcached.Telemetry;

/// <summary>How a server is just now, for whoever collects figures.</summary>
/// <param name="Server">Its tags.</param>
/// <param name="State">One of <see cref="States"/>.</param>
/// <param name="Connections">How many connections there are to it.</param>
internal readonly record struct ServerReading(ServerTelemetry Server, string State, int Connections)
{
    public const string Up = "up";
    public const string Down = "down";
    public const string Recovering = "recovering";

    public static IReadOnlyList<string> States { get; } = [Up, Down, Recovering];
}
