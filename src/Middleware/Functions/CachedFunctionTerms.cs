using System.ComponentModel;

namespace ScopedCaching.Functions;

/// <summary>What a function's attributes say, as the generator read it. Called by generated code only. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record CachedFunctionTerms
{
    /// <summary>The function's qualified name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Which version of the function this is: a hash of its body, or of the version it was given.</summary>
    public required ulong Version { get; init; }

    /// <summary>Whose cache.</summary>
    public StorageLevel Level { get; init; } = StorageLevel.Stack;

    /// <summary>Seconds until the value ends; 0 for as the policy says.</summary>
    public int Seconds { get; init; }

    /// <summary>The name of a policy from the configuration; null for none.</summary>
    public string? PolicyName { get; init; }

    /// <summary>A policy of the application's code; null for none.</summary>
    public CachePolicy? Policy { get; init; }

    /// <summary>Tags of the values, beside those of the policy.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    internal CachedFunctionCall Call => new(Name, Level);

    /// <summary>What runs the body; null for nobody: it is simply run.</summary>
    public ICachedFunctionInvoker? Invoker { get; init; }
}
