using Microsoft.CodeAnalysis;

namespace ScopedCaching.Generator.Parsing;

/// <summary>What was found wrong with one function, and where.</summary>
internal sealed class Issues
{
    private readonly List<Diagnostic> _found = [];

    public IReadOnlyList<Diagnostic> Found => _found;

    /// <summary>Whether the function cannot be written.</summary>
    public bool Broken { get; private set; }

    public void Add(DiagnosticDescriptor rule, Location? location, params object?[] arguments)
    {
        _found.Add(Diagnostic.Create(rule, location, arguments));
        Broken |= Rules.Breaks(rule);
    }

    /// <summary>Something that the compiler itself complains about.</summary>
    public void Break() => Broken = true;
}
