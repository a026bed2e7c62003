using System.Reflection;
using Generator.Tests.Doubles;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ScopedCaching.Generator;

namespace Generator.Tests;

/// <summary>An edit costs only what it concerns.</summary>
public sealed class IncrementalTests
{
    private const string Functions =
        """
        public sealed record User(string Id);
        public partial class Host(IScopedCache caches)
        {
            [Cached(VaryOn = ["user.Id"])] public partial int Get(User user, int[] ids);
            private int GetUncached(User user, int[] ids) => 1;
        }
        public interface IDirectory { [Cached] int Find(int id); }
        """;

    [Theory]
    [InlineData("class Unrelated { }", "class Unrelated { int _field; }")]
    [InlineData("", "// A comment.")]
    public void An_edit_elsewhere_writes_nothing_anew(string before, string after)
    {
        var compilation = Compiled.Sources(Functions, before);
        var driver = Compiled.Driver().RunGenerators(compilation);
        var edited = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees.Last(), CSharpSyntaxTree.ParseText(after, Compiled.Parsing, "File2.cs"));

        var result = driver.RunGenerators(edited).GetRunResult().Results.Single();

        AssertUnchanged(result, CachedFunctionGenerator.FunctionsStep);
        AssertUnchanged(result, CachedFunctionGenerator.TypesStep);
        Assert.All(Outputs(result), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Lines_above_a_function_write_nothing_anew()
    {
        var result = Edit(source => "// New.\n\n" + source);

        AssertUnchanged(result, CachedFunctionGenerator.TypesStep);
        Assert.All(Outputs(result), static reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void A_change_of_a_body_writes_its_type_anew_and_no_other()
    {
        var result = Edit(static source => source.Replace("=> 1;", "=> 2;", StringComparison.Ordinal));

        Assert.Single(Outputs(result), static reason => reason == IncrementalStepRunReason.Modified);
        Assert.Contains(Outputs(result), static reason => reason == IncrementalStepRunReason.Cached);
    }

    [Fact]
    public void Models_are_text_and_hold_nothing_of_the_compiler()
    {
        var models = typeof(CachedFunctionGenerator).Assembly.GetTypes().Where(static type => type.Namespace == "ScopedCaching.Generator.Models");

        Assert.All(models.SelectMany(static type => type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)), static field =>
            Assert.DoesNotContain("Microsoft.CodeAnalysis", field.FieldType.ToString(), StringComparison.Ordinal));
    }

    private static GeneratorRunResult Edit(Func<string, string> edit)
    {
        var compilation = Compiled.Sources(Functions);
        var driver = Compiled.Driver().RunGenerators(compilation);
        var edited = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees.Last(), CSharpSyntaxTree.ParseText(edit(Functions), Compiled.Parsing, "File1.cs"));
        return driver.RunGenerators(edited).GetRunResult().Results.Single();
    }

    private static void AssertUnchanged(GeneratorRunResult result, string step) =>
        Assert.All(result.TrackedSteps[step].SelectMany(static run => run.Outputs), static output =>
            Assert.True(output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, output.Reason.ToString()));

    private static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRunResult result) =>
        result.TrackedOutputSteps.SelectMany(static step => step.Value).SelectMany(static run => run.Outputs).Select(static output => output.Reason);
}
