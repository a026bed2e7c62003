namespace ScopedCaching.Generator.Models;

/// <summary>A function's key: what is written one after the other.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Uses">The parameters that occur.</param>
/// <param name="UsesSelf">Whether the object itself occurs.</param>
/// <param name="Signature">What two functions of a type must not have in common.</param>
internal sealed record KeyModel(EquatableArray<KeyStep> Steps, EquatableArray<string> Uses, bool UsesSelf, string Signature);

/// <summary>One step: text as it is, or a value.</summary>
/// <param name="Text">A C# expression of a text; null for a value.</param>
/// <param name="Expression">A C# expression of the value.</param>
/// <param name="Shape">How the value is written.</param>
internal sealed record KeyStep(string? Text, string Expression, PartShape? Shape);

/// <summary>How a value becomes a part of a key.</summary>
internal enum PartKind
{
    /// <summary>There is an overload for its type.</summary>
    Direct,

    /// <summary>There is an overload for what it is cast to.</summary>
    Cast,

    /// <summary>A nullable value.</summary>
    Nullable,

    /// <summary>Items in their order.</summary>
    Sequence,

    /// <summary>Items in any order.</summary>
    Set,

    /// <summary>Pairs in any order.</summary>
    Dictionary,

    /// <summary>Several values, by their names in <see cref="PartShape.Members"/>.</summary>
    Tuple,

    /// <summary>A type parameter: what it is shows at run time.</summary>
    Any,

    /// <summary>A type parameter itself.</summary>
    TypeArgument,
}

/// <summary>How a value becomes a part of a key.</summary>
/// <param name="Kind">How.</param>
/// <param name="Type">The value's type, or what it is cast to.</param>
/// <param name="Inner">How what is inside it does.</param>
/// <param name="Members">Of a tuple, the names of what is inside.</param>
internal sealed record PartShape(PartKind Kind, string Type, EquatableArray<PartShape> Inner = default, EquatableArray<string> Members = default);
