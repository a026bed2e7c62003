using System.Collections.Immutable;
using System.Numerics;

namespace ScopedCaching.Functions;

/// <content>Values that hold others, and values whose type is known at run time only.</content>
public ref partial struct FunctionKey
{
    /// <summary>A value that may be absent.</summary>
    public void AddNullable<T>(T? part, FunctionKeyPart<T> add)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(add);
        if (part is { } value)
        {
            add(ref this, value);
        }
        else
        {
            AddNull();
        }
    }

    /// <summary>Parts in their order.</summary>
    public void AddSequence<T>(IEnumerable<T>? parts, FunctionKeyPart<T> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        if (parts is null or ImmutableArray<T> { IsDefault: true })
        {
            AddNull();
            return;
        }

        Mark('[');
        foreach (var part in parts)
        {
            add(ref this, part);
        }

        Mark(']');
    }

    /// <summary>Parts in any order.</summary>
    public void AddSet<T>(IEnumerable<T>? parts, FunctionKeyPart<T> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        AddSorted('{', '}', parts, add);
    }

    /// <summary>Pairs in any order.</summary>
    public void AddDictionary<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>>? parts, FunctionKeyPart<KeyValuePair<TKey, TValue>> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        AddSorted('<', '>', parts, add);
    }

    /// <summary>A value of a generic type: any single value of the list, an enum, or an <see cref="ICacheKeyPart"/>.</summary>
    /// <exception cref="NotSupportedException">It is of another type.</exception>
    public void AddAny<T>(T part)
    {
        switch (part)
        {
            case null: AddNull(); break;
            case string value: Add(value); break;
            case int value: Add((long)value); break;
            case long value: Add(value); break;
            case Guid value: Add(value); break;
            case bool value: Add(value); break;
            case char value: Add(value); break;
            case byte value: Add((long)value); break;
            case sbyte value: Add((long)value); break;
            case short value: Add((long)value); break;
            case ushort value: Add((long)value); break;
            case uint value: Add((long)value); break;
            case ulong value: Add(value); break;
            case nint value: Add((long)value); break;
            case nuint value: Add((ulong)value); break;
            case Int128 value: Add(value); break;
            case UInt128 value: Add(value); break;
            case BigInteger value: Add(value); break;
            case float value: Add(value); break;
            case double value: Add(value); break;
            case Half value: Add(value); break;
            case decimal value: Add(value); break;
            case DateTime value: Add(value); break;
            case DateTimeOffset value: Add(value); break;
            case DateOnly value: Add(value); break;
            case TimeOnly value: Add(value); break;
            case TimeSpan value: Add(value); break;
            case byte[] value: Add(value); break;
            case Uri value: Add(value); break;
            case ICacheKeyPart value: Add(value); break;
            case Enum value: Text($"i{value:D};"); break;
            default:
                throw new NotSupportedException(
                    $"{TypeNames.Name<T>.Text} cannot stand in a key: implement {nameof(ICacheKeyPart)}, or name what the key varies on with VaryOn.");
        }
    }

    private void AddSorted<T>(char open, char close, IEnumerable<T>? parts, FunctionKeyPart<T> add)
    {
        if (parts is null)
        {
            AddNull();
            return;
        }

        // Each part by itself, so that their order is that of their texts and not of their insertion.
        List<string> texts = [];
        foreach (var part in parts)
        {
            var start = _length;
            add(ref this, part);
            texts.Add(new string(_buffer[start.._length]));
            _length = start;
        }

        texts.Sort(StringComparer.Ordinal);
        Mark(open);
        foreach (var text in texts)
        {
            Copy(text);
        }

        Mark(close);
    }
}
