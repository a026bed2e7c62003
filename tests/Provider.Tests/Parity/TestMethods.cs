using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Provider.Tests.Parity;

/// <summary>The tests that really run, as <c>Class.Method</c>, read from sources because they are in several assemblies.</summary>
internal static class TestMethods
{
    internal static IEnumerable<string> In(string source) =>
        from method in CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(Runs)
        where method.Parent is TypeDeclarationSyntax
        select $"{((TypeDeclarationSyntax)method.Parent!).Identifier.Text}.{method.Identifier.Text}";

    // A skipped test proves nothing.
    private static bool Runs(AttributeSyntax attribute) =>
        attribute.Name.ToString() is "Fact" or "Theory"
        && attribute.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text == "Skip") != true;
}
