using static Provider.Tests.Architecture.Sketch;

namespace Provider.Tests.Architecture;

public sealed class ArrowTests
{
    [Fact]
    public void Sources_bind_without_errors_so_that_no_arrow_is_hidden() =>
        Finding.None(House.Projects.SelectMany(project => project.CompileErrors));

    [Fact]
    public void What_source_generators_write_is_bound_too()
    {
        // The sketch fails on errors of the compiler; both classes are incomplete without their generated half.
        var house = ProviderOf(
            Layer("Telemetry", """
                internal static partial class Log
                {
                    [Microsoft.Extensions.Logging.LoggerMessage(1, Microsoft.Extensions.Logging.LogLevel.Warning, "Told")]
                    internal static partial void Told(Microsoft.Extensions.Logging.ILogger logger);
                }
                """),
            Layer("Envelope", """
                [System.Text.Json.Serialization.JsonSerializable(typeof(int))]
                internal sealed partial class Contract : System.Text.Json.Serialization.JsonSerializerContext
                {
                    internal static object Held => Default.Int32;
                }
                """));

        Assert.Empty(ArrowRule.Violations(house));
    }

    [Fact]
    public void Provider_uses_only_the_arrows_of_the_table() => Finding.None(ArrowRule.Violations(House.Provider));

    [Fact]
    public void Middleware_uses_only_the_arrows_of_the_table() => Finding.None(ArrowRule.Violations(House.Middleware));

    [Fact]
    public void The_table_has_no_circles() =>
        Finding.None(ArrowRule.Circles(ArrowTable.Provider).Concat(ArrowRule.Circles(ArrowTable.Middleware)));

    [Fact]
    public void A_circle_in_a_table_is_found()
    {
        var arrows = ArrowTable.Provider with { Layers = [new("A", ["B"]), new("B", ["C"]), new("C", ["A"]), new("D", ["A"])] };

        Assert.Equal(["A", "B", "C"], ArrowRule.Circles(arrows));
    }

    [Fact]
    public void An_arrow_of_the_table_is_accepted()
    {
        var house = ProviderOf(
            Layer("Sealing", "internal sealed class Seal { public object Wax() => new Envelope.Paper(); }"),
            Layer("Envelope", "internal sealed class Paper { }"));

        Assert.Empty(ArrowRule.Violations(house));
    }

    [Theory]
    [InlineData("internal sealed class Paper(Client.Wire wire) { public object Held => wire; }")]
    [InlineData("internal sealed class Paper : Client.Wire { }")]
    [InlineData("internal sealed class Paper { public object Held => new List<Client.Wire[]>(); }")]
    [InlineData("[Client.Mark] internal sealed class Paper { }")]
    [InlineData("internal sealed class Paper { public string Held => nameof(Client.Wire); }")]
    [InlineData("internal sealed class Paper { public int Held => Client.Wire.Count; }")]
    [InlineData("internal sealed class Paper { public T Held<T>(T value) where T : Client.Wire => value; }")]
    public void An_arrow_upwards_is_found(string envelope)
    {
        var house = ProviderOf(
            Layer("Envelope", envelope),
            Layer("Client", "internal class Wire { public static int Count => 1; } internal sealed class MarkAttribute : Attribute;"));

        Assert.Contains(ArrowRule.Violations(house), violation => violation.Contains("(Envelope → Client)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_value_that_is_passed_on_without_being_named_is_an_arrow()
    {
        // Distributed names only Sealing's public face, and yet handles what Client made.
        var house = ProviderOf(
            Root("internal sealed class Face { internal Client.Wire Open() => new(); }"),
            Layer("Distributed", "internal sealed class Adapter { public string Held(Face face) { var wire = face.Open(); return wire.ToString()!; } }"),
            Layer("Client", "internal class Wire { }"));

        Assert.Contains(ArrowRule.Violations(house), violation => violation.Contains("(Distributed → Client)", StringComparison.Ordinal));
    }

    [Fact]
    public void An_extension_method_belongs_to_the_layer_that_declares_it()
    {
        var house = ProviderOf(
            ("Ring/Points.cs", "using ScopedCaching.Memcached.Nodes;\nnamespace ScopedCaching.Memcached.Ring;\ninternal sealed class Points { public int Held => 1.Doubled(); }"),
            Layer("Nodes", "internal static class Numbers { internal static int Doubled(this int number) => number * 2; }"));

        Assert.Contains(ArrowRule.Violations(house), violation => violation.Contains("(Ring → Nodes)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_no_layer_is_found()
    {
        var house = ProviderOf(Layer("Attic", "internal sealed class Box { }"));

        Assert.Equal(["src/Provider/Attic is no layer of the arrow table"], ArrowRule.Violations(house));
    }

    [Fact]
    public void Only_a_facade_of_the_root_reaches_into_its_layers()
    {
        var inside = Layer("Embedded", "internal sealed class Engine { }");

        Assert.Empty(ArrowRule.Violations(ProviderOf(
            Root("public sealed class EmbeddedMemcached { private readonly object _engine = new Embedded.Engine(); public override string? ToString() => _engine.ToString(); }"), inside)));
        Assert.NotEmpty(ArrowRule.Violations(ProviderOf(
            Root("public sealed class Another { private readonly object _engine = new Embedded.Engine(); public override string? ToString() => _engine.ToString(); }"), inside)));
    }

    [Fact]
    public void Middleware_reaches_only_the_public_root_of_the_provider()
    {
        var provider = ProviderOf(
            Root("public interface ISealedStore { }"),
            Layer("Sealing", "public sealed class Seal { }"));

        Assert.Empty(ArrowRule.Violations(MiddlewareOf(provider, Layer(
            "Caching", "internal sealed class LevelCache(ScopedCaching.Memcached.ISealedStore store) { public object Held => store; }", ArrowTable.Middleware))));
        Assert.Contains(
            ArrowRule.Violations(MiddlewareOf(provider, Layer(
                "Caching", "internal sealed class LevelCache(ScopedCaching.Memcached.Sealing.Seal seal) { public object Held => seal; }", ArrowTable.Middleware))),
            violation => violation.Contains("(Caching → Provider/Sealing)", StringComparison.Ordinal));
    }
}
