namespace Provider.Tests.Architecture;

/// <summary>
/// Who may use whom. A layer is a folder of a project; a row names what it may use beside itself, and an arrow
/// that is not here is a fault. A new arrow is a decision: it is added here and in docs/architecture.md.
/// </summary>
internal static class ArrowTable
{
    /// <summary>The files that stand in a project's own folder: its public face.</summary>
    internal const string Root = "(root)";

    /// <summary>Every layer of the same project.</summary>
    internal const string Everything = "*";

    /// <summary>The road a value takes, top to bottom; the embedded server and the leaves stand beside it.</summary>
    internal static readonly ProjectArrows Provider = new(
        Name: "Provider",
        Folder: "src/Provider",
        Assembly: "ScopedCaching.Memcached",
        RootNamespace: "ScopedCaching.Memcached",
        Everyone: [Root],
        Layers:
        [
            new(Root, ["Buffers", "Telemetry"]),
            new("Hosting", [Everything]),
            new("Distributed", ["Buffers", "Telemetry", "Waiting"]),
            new("Freshness", ["Sealing", "Buffers", "Telemetry"]),
            new("Sealing", ["Envelope", "Buffers", "Telemetry"]),
            new("Envelope", ["Buffers", "Telemetry"]),
            new("Stores", ["Client", "Protocol", "Removals", "Buffers", "Telemetry"]),
            new("Client", ["Ring", "Nodes", "Protocol", "Buffers", "Telemetry"]),
            new("Ring", []),
            new("Nodes", ["Ring", "Connections", "Transport", "Protocol", "Removals", "Waiting", "Buffers", "Telemetry"]),
            new("Connections", ["Protocol", "Transport", "Waiting", "Buffers", "Telemetry"]),
            new("Protocol", ["Buffers"]),
            new("Transport", []),
            new("Embedded", ["Transport", "Protocol", "Buffers", "Telemetry"]),
            new("Buffers", []),
            new("Telemetry", []),
            new("Waiting", []),
            new("Removals", []),
        ],
        Facades:
        [
            new("EmbeddedMemcached", ["Embedded", "Transport"]),

            // The one door to Waiting for the blocking members of layers above.
            new("BlockingCall", ["Waiting"]),
        ]);

    /// <summary>"Provider" is Provider's root; "Provider/Hosting" are its registration extensions.</summary>
    internal static readonly ProjectArrows Middleware = new(
        Name: "Middleware",
        Folder: "src/Middleware",
        Assembly: "ScopedCaching.AspNetCore",
        RootNamespace: "ScopedCaching",
        Everyone: [Root, "Provider"],
        Layers:
        [
            new(Root, []),
            new("Hosting", [Everything, "Provider/Hosting"]),
            new("Requests", ["Scopes", "Telemetry"]),
            new("Scopes", ["Telemetry"]),
            new("Caching", ["Scopes", "Telemetry"]),
            new("Functions", ["Caching"]),
            new("Hybrid", ["Telemetry"]),
            new("Output", ["Caching", "Scopes", "Telemetry"]),
            new("Inspector", ["Caching", "Scopes", "Telemetry"]),
            new("Telemetry", []),
        ],
        Facades:
        [
            new("ScopedCacheTesting", ["Hosting"]),

            // Tells the request's own object.
            new("ScopedCacheHttpContextExtensions", ["Scopes"]),

            // Builders that keep the resolver they were told.
            new("CustomerResolution", ["Scopes"]),
            new("SessionResolution", ["Scopes"]),
        ]);
}

/// <summary>One project's rows.</summary>
/// <param name="Name">What other projects' rows call it.</param>
/// <param name="Folder">Where it stands in the repository.</param>
/// <param name="Everyone">What every layer may use, without saying so in its row.</param>
/// <param name="Facades">Public classes of the root folder that may reach further than the root.</param>
internal sealed record ProjectArrows(
    string Name, string Folder, string Assembly, string RootNamespace,
    string[] Everyone, Layer[] Layers, Facade[] Facades)
{
    internal bool Knows(string layer) => Layers.Any(row => row.Name == layer);

    internal bool Allows(string layer, string type, string target)
    {
        var row = Layers.Single(row => row.Name == layer);
        return target == layer
            || Everyone.Contains(target)
            || row.MayUse.Contains(target)
            || (row.MayUse.Contains(ArrowTable.Everything) && Knows(target))
            || (layer == ArrowTable.Root && Facades.Any(f => f.Type == type && f.MayUse.Contains(target)));
    }
}

internal sealed record Layer(string Name, string[] MayUse);

internal sealed record Facade(string Type, string[] MayUse);
