using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Telemetry;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>
/// Values to bytes and back. The tag says which of the fixed forms it is; nothing stored ever names a type or code to run. The comparisons of
/// types fold away when the JIT compiles for a value type, and nothing is boxed.
/// </summary>
internal sealed partial class ValueSerializer
{
    private readonly JsonValues _json;
    private readonly StandardForms _standard;
    private readonly CacheMetrics _metrics;
    private readonly ILogger _logger;

    public ValueSerializer(JsonSerializerOptions? json, CacheMetrics metrics, ILogger logger)
    {
        (_json, _metrics, _logger) = (new JsonValues(json), metrics, logger);
        _standard = new StandardForms(this);
    }

    /// <exception cref="Exception">Whatever a serializer throws; <see cref="NotSupportedException"/> for a type that JSON does not know.</exception>
    public ValueTag Write<T>(T value, IValueSerializer? custom, PooledBuffer destination)
    {
        if (value is null)
        {
            return ValueTag.Null;
        }

        if (custom is not null)
        {
            if (custom is IWrappingValueSerializer wrapping)
            {
                wrapping.Serialize(value, destination, _standard);
            }
            else
            {
                custom.Serialize(value, destination);
            }

            return ValueTag.Custom;
        }

        if (typeof(T) == typeof(string))
        {
            StringText.Write((string)(object)value, destination);
            return ValueTag.String;
        }

        if (TryWriteBytes(value, destination))
        {
            return ValueTag.Bytes;
        }

        if (IntegerText.TryWrite(value, destination))
        {
            return ValueTag.Integer;
        }

        _json.Write(value, destination);
        return ValueTag.Json;
    }

    /// <summary>False when the value is not of the type asked for, or does not deserialize; that is counted.</summary>
    public bool TryRead<T>(ValueTag tag, ReadOnlyMemory<byte> payload, IValueSerializer? custom, out T? value)
    {
        string error;
        try
        {
            if (TryReadForm(tag, payload, custom, out value))
            {
                return true;
            }

            error = "another form";
        }
        catch (Exception exception)
        {
            // A deserializer, perhaps the application's own, met bytes it cannot read. Its message may hold some of them: only the type is logged.
            value = default;
            error = exception.GetType().Name;
        }

        CountUnreadable(error);
        return false;
    }

    /// <summary>False when the value is not of the type asked for; throws what a deserializer throws.</summary>
    internal bool TryReadForm<T>(ValueTag tag, ReadOnlyMemory<byte> payload, IValueSerializer? custom, out T? value)
    {
        value = default;
        switch (tag)
        {
            case ValueTag.Null:
                return value is null;
            case ValueTag.Custom when custom is not null:
                value = custom is IWrappingValueSerializer wrapping ? wrapping.Deserialize<T>(payload, _standard) : custom.Deserialize<T>(payload);
                return true;
            case ValueTag.String when typeof(T) == typeof(string):
                value = (T)(object)StringText.Read(payload.Span);
                return true;
            case ValueTag.Bytes:
                return TryReadBytes(new ReadOnlySequence<byte>(payload), out value);
            case ValueTag.Integer:
                return IntegerText.TryRead(payload.Span, out value);
            case ValueTag.Json when !HasFormOfItsOwn<T>():
                value = _json.Read<T>(payload.Span);
                return true;
            default:
                return false;
        }
    }

    private void CountUnreadable(string error)
    {
        _metrics.EntryUnreadable();
        Log.EntryUnreadable(_logger, error);
    }

    private static bool TryWriteBytes<T>(T value, PooledBuffer destination)
    {
        if (typeof(T) == typeof(byte[]))
        {
            destination.Write((byte[])(object)value!);
        }
        else if (typeof(T) == typeof(ReadOnlyMemory<byte>))
        {
            destination.Write(Unsafe.As<T, ReadOnlyMemory<byte>>(ref value).Span);
        }
        else if (typeof(T) == typeof(Memory<byte>))
        {
            destination.Write(Unsafe.As<T, Memory<byte>>(ref value).Span);
        }
        else if (typeof(T) == typeof(ReadOnlySequence<byte>))
        {
            foreach (var segment in Unsafe.As<T, ReadOnlySequence<byte>>(ref value))
            {
                destination.Write(segment.Span);
            }
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Such a type is never written as JSON, so JSON is another type's value; a string in JSON is not the string that was stored.</summary>
    private static bool HasFormOfItsOwn<T>() =>
        typeof(T) == typeof(string) || typeof(T) == typeof(byte[]) || typeof(T) == typeof(ReadOnlyMemory<byte>) ||
        typeof(T) == typeof(Memory<byte>) || typeof(T) == typeof(ReadOnlySequence<byte>) || IntegerText.Handles<T>();
}
