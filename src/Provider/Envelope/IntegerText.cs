using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Integers as decimal text, so that one stored as int reads as long. The comparisons of types fold away when the JIT compiles for a value type.</summary>
internal static class IntegerText
{
    private const int LongestText = 40;

    /// <summary>Writes a value of an integer type or the nullable form of one; false for all other types. The value is not null.</summary>
    public static bool TryWrite<T>(T value, PooledBuffer destination) =>
        typeof(T).IsValueType &&
        (TryWriteAs<T, int>(value, destination) || TryWriteAs<T, long>(value, destination) || TryWriteAs<T, uint>(value, destination) ||
            TryWriteAs<T, ulong>(value, destination) || TryWriteAs<T, short>(value, destination) || TryWriteAs<T, ushort>(value, destination) ||
            TryWriteAs<T, byte>(value, destination) || TryWriteAs<T, sbyte>(value, destination) || TryWriteAs<T, nint>(value, destination) ||
            TryWriteAs<T, nuint>(value, destination) || TryWriteAs<T, Int128>(value, destination) || TryWriteAs<T, UInt128>(value, destination));

    /// <summary>Reads into an integer type or the nullable form of one; false for all other types, and when the number does not fit.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> text, [MaybeNull] out T value)
    {
        value = default;
        return typeof(T).IsValueType &&
            (TryReadAs<T, int>(text, ref value) || TryReadAs<T, long>(text, ref value) || TryReadAs<T, uint>(text, ref value) ||
                TryReadAs<T, ulong>(text, ref value) || TryReadAs<T, short>(text, ref value) || TryReadAs<T, ushort>(text, ref value) ||
                TryReadAs<T, byte>(text, ref value) || TryReadAs<T, sbyte>(text, ref value) || TryReadAs<T, nint>(text, ref value) ||
                TryReadAs<T, nuint>(text, ref value) || TryReadAs<T, Int128>(text, ref value) || TryReadAs<T, UInt128>(text, ref value));
    }

    /// <summary>Whether this is an integer type or the nullable form of one.</summary>
    public static bool Handles<T>() =>
        typeof(T).IsValueType &&
        (Is<T, int>() || Is<T, long>() || Is<T, uint>() || Is<T, ulong>() || Is<T, short>() || Is<T, ushort>() ||
            Is<T, byte>() || Is<T, sbyte>() || Is<T, nint>() || Is<T, nuint>() || Is<T, Int128>() || Is<T, UInt128>());

    private static bool Is<T, TInteger>()
        where TInteger : struct =>
        typeof(T) == typeof(TInteger) || typeof(T) == typeof(TInteger?);

    private static bool TryWriteAs<T, TInteger>(T value, PooledBuffer destination)
        where TInteger : struct, IBinaryInteger<TInteger>
    {
        TInteger integer;
        if (typeof(T) == typeof(TInteger))
        {
            integer = Unsafe.As<T, TInteger>(ref value);
        }
        else if (typeof(T) == typeof(TInteger?))
        {
            integer = Unsafe.As<T, TInteger?>(ref value).GetValueOrDefault();
        }
        else
        {
            return false;
        }

        integer.TryFormat(destination.GetSpan(LongestText), out var written, format: default, CultureInfo.InvariantCulture);
        destination.Advance(written);
        return true;
    }

    private static bool TryReadAs<T, TInteger>(ReadOnlySpan<byte> text, ref T? value)
        where TInteger : struct, IBinaryInteger<TInteger>
    {
        if (typeof(T) != typeof(TInteger) && typeof(T) != typeof(TInteger?))
        {
            return false;
        }

        if (!TInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return false;
        }

        if (typeof(T) == typeof(TInteger))
        {
            Unsafe.As<T?, TInteger>(ref value) = integer;
        }
        else
        {
            Unsafe.As<T?, TInteger?>(ref value) = integer;
        }

        return true;
    }
}
