using System.Security.Cryptography;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Hashes that are the same in every build of the same source.</summary>
internal static class StableHash
{
    /// <summary>16 hexadecimal digits. The parts are length-prefixed, so that no two lists of them are the same.</summary>
    public static string Of(params IEnumerable<string> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part.Length).Append(':').Append(part);
        }

        using var sha = SHA256.Create();
        var hash = sha.ComputeHash(Encoding.UTF8.GetBytes(text.ToString()));
        return string.Concat(hash.Take(8).Select(static part => part.ToString("x2")));
    }

    /// <summary>The tokens of a body: what stands between them, whitespace and comments, does not count.</summary>
    public static IEnumerable<string> TokensOf(IMethodSymbol body, CancellationToken cancellationToken)
    {
        foreach (var reference in body.DeclaringSyntaxReferences)
        {
            if (reference.GetSyntax(cancellationToken) is MethodDeclarationSyntax method)
            {
                SyntaxNode?[] counted = [method.ParameterList, method.Body, method.ExpressionBody];
                foreach (var token in counted.Where(static node => node is not null).SelectMany(static node => node!.DescendantTokens()))
                {
                    yield return token.Text;
                }
            }
        }
    }
}
