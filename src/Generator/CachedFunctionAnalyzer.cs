using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using ScopedCaching.Generator.Emitting;
using ScopedCaching.Generator.Models;
using ScopedCaching.Generator.Parsing;

namespace ScopedCaching.Generator;

/// <summary>Tells what is wrong with functions that bear <c>[Cached]</c>, by the same code that reads them for the generator.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CachedFunctionAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. Rules.All];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            var known = new KnownTypes(start.Compilation);
            if (known.ScopedCache is null)
            {
                return;
            }

            var keys = new ConcurrentBag<Found>();
            start.RegisterSymbolAction(symbol => Analyze(symbol, known, keys), SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end => ReportDuplicates(end, keys));
        });
    }

    private static void Analyze(SymbolAnalysisContext context, KnownTypes known, ConcurrentBag<Found> keys)
    {
        List<Found> found = [];
        foreach (var method in FunctionParser.FunctionsOf((INamedTypeSymbol)context.Symbol))
        {
            var issues = new Issues();
            var model = FunctionParser.Parse(method, known, issues, context.CancellationToken);
            foreach (var issue in issues.Found)
            {
                context.ReportDiagnostic(issue);
            }

            if (model is { Broken: false })
            {
                var one = new Found(model, $"{method.ContainingType.Name}.{method.Name}", method.Locations[0]);
                if (!ReportClash(context, found, one))
                {
                    keys.Add(one);
                }

                found.Add(one);
            }
        }
    }

    private static bool ReportClash(SymbolAnalysisContext context, List<Found> before, Found one)
    {
        foreach (var other in before)
        {
            if (CompanionWriter.Clash(other.Model, one.Model) is { } why)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.CompanionClash, one.Location, other.Title, one.Title, one.Model.Companion, why));
                return true;
            }
        }

        return false;
    }

    private static void ReportDuplicates(CompilationAnalysisContext context, IEnumerable<Found> keys)
    {
        foreach (var same in keys.GroupBy(static found => (found.Model.Key.Signature, found.Model.Terms.Level)).Where(static same => same.Count() > 1))
        {
            var ordered = same.OrderBy(static found => found.Location.SourceTree?.FilePath, StringComparer.Ordinal).ThenBy(static found => found.Location.SourceSpan.Start).ToList();
            foreach (var later in ordered.Skip(1))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.DuplicateKey, later.Location, ordered[0].Title, later.Title));
            }
        }
    }

    private sealed record Found(FunctionModel Model, string Title, Location Location);
}
