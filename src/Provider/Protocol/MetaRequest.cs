using System.Buffers;

namespace ScopedCaching.Memcached.Protocol;

/// <summary>What a request asks of the server. The shape of the reply follows from it.</summary>
internal enum Verb : byte
{
    Get,
    Set,
    Delete,
    Arithmetic,

    /// <summary>A classic text command answered by one line.</summary>
    Line,

    /// <summary><c>stats</c>: answered by lines, of which the first that tells nothing (<c>END</c>, <c>RESET</c>, an error) ends the reply.</summary>
    Stats,

    /// <summary>Any command, on a connection of its own, answered up to a terminator.</summary>
    Raw,
}

/// <summary>What a get returns beside "found".</summary>
[Flags]
internal enum Wanted : byte
{
    Nothing = 0,
    Value = 1,
    ClientFlags = 2,
    Cas = 4,
    Ttl = 8,
}

/// <summary>The mode flag of <c>ms</c>.</summary>
internal enum SetMode : byte
{
    Set = (byte)'S',
    Add = (byte)'E',
    Replace = (byte)'R',
    Append = (byte)'A',
    Prepend = (byte)'P',
}

/// <summary>
/// A request before it has bytes. It lives on the caller's stack, because a request is written into the connection's buffer at
/// once or refused at once: nothing of the caller's memory is looked at later.
/// </summary>
internal readonly ref struct MetaRequest
{
    public required Verb Verb { get; init; }

    /// <summary>The key as it goes over the wire, already checked; see <see cref="KeyIsBase64"/>.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    public bool KeyIsBase64 { get; init; }

    public Wanted Wanted { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public SetMode Mode { get; init; }

    public uint ClientFlags { get; init; }

    /// <summary>The exptime as memcached takes it: 0 for ever, negative already past, above 30 days a Unix time.</summary>
    public long? Exptime { get; init; }

    /// <summary>Where there is no item, create an empty one living so long (as <see cref="Exptime"/> counts), and tell who did: a lease.</summary>
    public long? Lease { get; init; }

    /// <summary>Act only while the item has this version.</summary>
    public ulong? Cas { get; init; }

    public ulong Delta { get; init; }

    public bool Decrement { get; init; }

    /// <summary>The number a counter is created with when it is absent, living for <see cref="Exptime"/>.</summary>
    public ulong? Initial { get; init; }

    /// <summary>Where the caller wants the value of a get written, when it takes the reply.</summary>
    public IBufferWriter<byte>? Destination { get; init; }

    /// <summary>The command of <see cref="Verb.Line"/>, <see cref="Verb.Stats"/> and <see cref="Verb.Raw"/>, without the line end.</summary>
    public string? Line { get; init; }

    /// <summary>What ends the reply to <see cref="Verb.Raw"/>; it ends with a line end.</summary>
    public string? Terminator { get; init; }
}
