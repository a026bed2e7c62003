namespace Provider.Tests.Architecture;

/// <summary>A house of a few lines, to show that a rule finds what it is for.</summary>
internal static class Sketch
{
    internal static CompiledSources ProviderOf(params (string File, string Text)[] files) =>
        Compile(ArrowTable.Provider, files, below: null);

    internal static CompiledSources MiddlewareOf(CompiledSources provider, params (string File, string Text)[] files) =>
        Compile(ArrowTable.Middleware, files, provider);

    /// <summary>One file of a layer, its namespace written in front.</summary>
    internal static (string File, string Text) Layer(string layer, string text, ProjectArrows? arrows = null) =>
        ($"{layer}/{layer}File.cs", $"namespace {(arrows ?? ArrowTable.Provider).RootNamespace}.{layer};\n{text}");

    internal static (string File, string Text) Root(string text, ProjectArrows? arrows = null) =>
        ("RootFile.cs", $"namespace {(arrows ?? ArrowTable.Provider).RootNamespace};\n{text}");

    private static CompiledSources Compile(ProjectArrows arrows, (string File, string Text)[] files, CompiledSources? below)
    {
        // Generators cost more than the rest; a sketch needs them only where it leaves a half to them.
        var generate = files.Any(file => file.Text.Contains(" partial ", StringComparison.Ordinal));
        var compiled = CompiledSources.Compile(arrows, files, below, generate);
        Assert.Empty(compiled.CompileErrors);
        return compiled;
    }
}
