namespace ScopedCaching.Generator.Models;

/// <summary>What a parameter is for.</summary>
internal enum ParameterRole
{
    /// <summary>A value.</summary>
    Value,

    /// <summary>The token that ends the wait.</summary>
    Token,

    /// <summary>The caches.</summary>
    Caches,
}

/// <summary>A parameter of a function.</summary>
/// <param name="Name">Its name, escaped where it is a keyword.</param>
/// <param name="Type">Its type, fully qualified.</param>
/// <param name="Prefix"><c>params </c>, or nothing.</param>
/// <param name="Default"> <c> = 1</c>, or nothing.</param>
/// <param name="Role">What it is for.</param>
internal sealed record ParameterModel(string Name, string Type, string Prefix, string Default, ParameterRole Role);
