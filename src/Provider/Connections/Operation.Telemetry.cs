using System.Diagnostics;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Connections;

/// <content>
/// What is told of it. It is noted when the outcome is decided, and told when the caller takes it, on the caller's own thread: who listens may take their time, and the reader may not.
/// </content>
internal sealed partial class Operation
{
    // Null where nobody listens: then nothing is noted, and no clock is read.
    private ServerTelemetry? _telemetry;
    private RequestName _name;
    private TimeSpan _elapsed;
    private long _startedAt;
    private Activity? _span;

    /// <summary>Somebody listens. Called before the request is accepted.</summary>
    public void Watch(ServerTelemetry telemetry, RequestName name, long startedAt) =>
        (_telemetry, _name, _startedAt) = (telemetry, name, startedAt);

    /// <summary>Called by the caller once the request was accepted. One of many is a part of a span of theirs.</summary>
    public void BeginSpan()
    {
        if (!SendBatch.IsOpen)
        {
            _span = _telemetry?.Begin(_name);
        }
    }

    private void NoteEnd()
    {
        if (_telemetry is { } telemetry)
        {
            _elapsed = telemetry.Since(_startedAt);
        }
    }

    private void TellAndRelease()
    {
        try
        {
            if (_telemetry is { } telemetry)
            {
                var span = _span;
                _span = null;
                telemetry.End(_name, span, _elapsed, _fault);
            }
        }
        finally
        {
            Release();
        }
    }
}
