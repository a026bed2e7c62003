using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScopedCaching.Generator.Parsing;

/// <summary>What an attribute says, and where it says so.</summary>
internal sealed class AttributeReader(AttributeData? data, CancellationToken cancellationToken)
{
    public Location? Location => Syntax?.GetLocation();

    private AttributeSyntax? Syntax => data?.ApplicationSyntaxReference?.GetSyntax(cancellationToken) as AttributeSyntax;

    public bool Has(string name) => Find(name) is not null;

    public T? Get<T>(string name) => Find(name) is { Kind: not TypedConstantKind.Array, Value: T value } ? value : default;

    /// <summary>The texts of an array; null when it is left out.</summary>
    public IReadOnlyList<string>? Texts(string name) =>
        Find(name) is { Kind: TypedConstantKind.Array, IsNull: false } list ? [.. list.Values.Select(static value => value.Value as string ?? "")] : null;

    /// <summary>Where an argument's value stands, or one item of its list.</summary>
    public Location? LocationOf(string name, int item = -1)
    {
        var expression = Syntax?.ArgumentList?.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == name)?.Expression;
        if (expression is null)
        {
            return Location;
        }

        SyntaxNode[] items = expression switch
        {
            CollectionExpressionSyntax list => [.. list.Elements],
            ArrayCreationExpressionSyntax { Initializer: { } list } => [.. list.Expressions],
            ImplicitArrayCreationExpressionSyntax { Initializer: var list } => [.. list.Expressions],
            _ => [],
        };
        return (item >= 0 && item < items.Length ? items[item] : expression).GetLocation();
    }

    private TypedConstant? Find(string name)
    {
        foreach (var argument in data?.NamedArguments ?? [])
        {
            if (argument.Key == name)
            {
                return argument.Value;
            }
        }

        return null;
    }
}
