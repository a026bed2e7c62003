using System.Buffers;
using System.Runtime.CompilerServices;

namespace ScopedCaching.Memcached.Envelope;

/// <content>Long values, which stand in pieces.</content>
internal sealed partial class ValueSerializer
{
    /// <summary>False when the value is not of the type asked for, or does not deserialize; that is counted.</summary>
    public bool TryRead<T>(ValueTag tag, in ReadOnlySequence<byte> payload, IValueSerializer? custom, out T? value)
    {
        try
        {
            switch (tag)
            {
                case ValueTag.Bytes when TryReadBytes(payload, out value):
                    return true;
                case ValueTag.Json when !HasFormOfItsOwn<T>():
                    value = _json.Read<T>(payload);
                    return true;
            }
        }
        catch (Exception exception)
        {
            value = default;
            CountUnreadable(exception.GetType().Name);
            return false;
        }

        // The other forms, and an application's own serializers, read bytes in one piece.
        var length = checked((int)payload.Length);
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(whole);
            return TryRead(tag, whole.AsMemory(0, length), custom, out value);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    /// <summary>Always a copy, into the caller's own array: the payload's memory is given back after the read.</summary>
    private static bool TryReadBytes<T>(in ReadOnlySequence<byte> payload, out T? value)
    {
        value = default;
        if (typeof(T) == typeof(byte[]))
        {
            value = (T)(object)payload.ToArray();
        }
        else if (typeof(T) == typeof(ReadOnlyMemory<byte>))
        {
            Unsafe.As<T?, ReadOnlyMemory<byte>>(ref value) = payload.ToArray();
        }
        else if (typeof(T) == typeof(Memory<byte>))
        {
            Unsafe.As<T?, Memory<byte>>(ref value) = payload.ToArray();
        }
        else if (typeof(T) == typeof(ReadOnlySequence<byte>))
        {
            Unsafe.As<T?, ReadOnlySequence<byte>>(ref value) = new ReadOnlySequence<byte>(payload.ToArray());
        }
        else
        {
            return false;
        }

        return true;
    }
}
