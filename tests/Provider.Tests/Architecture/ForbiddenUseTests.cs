using static Provider.Tests.Architecture.Sketch;

namespace Provider.Tests.Architecture;

public sealed class ForbiddenUseTests
{
    [Fact]
    public void Ring_and_Protocol_use_no_sockets_clocks_loggers_or_options() => HoldsInTheHouse(ForbiddenUse.ImpureInPureLayers);

    [Fact]
    public void Transport_knows_nothing_of_memcached() => HoldsInTheHouse(ForbiddenUse.MemcachedInTransport);

    [Fact]
    public void Only_Hosting_knows_the_service_container() => HoldsInTheHouse(ForbiddenUse.ContainerOutsideHosting);

    [Fact]
    public void Provider_knows_neither_requests_nor_the_middleware() => HoldsInTheHouse(ForbiddenUse.RequestsInProvider);

    [Fact]
    public void Middleware_names_only_the_root_namespace_of_the_provider() => HoldsInTheHouse(ForbiddenUse.ProviderLayersInMiddleware);

    [Fact]
    public void Nothing_in_src_reads_a_real_clock_or_sleeps() => HoldsInTheHouse(ForbiddenUse.RealClocks);

    [Theory]
    [InlineData("Ring", "System.Net.Sockets.Socket")]
    [InlineData("Ring", "System.TimeProvider")]
    [InlineData("Protocol", "Microsoft.Extensions.Logging.ILogger")]
    [InlineData("Protocol", "Microsoft.Extensions.Options.IOptions<string>")]
    [InlineData("Protocol", "ScopedCaching.Memcached.MemcachedOptions")]
    public void Something_impure_in_a_pure_layer_is_found(string layer, string type)
    {
        var house = ProviderOf(
            Root("public sealed class MemcachedOptions { }"),
            Layer(layer, $"internal sealed class Pure({type} held) {{ public object Held => held; }}"));

        Assert.NotEmpty(ForbiddenUse.ImpureInPureLayers.Violations(house));
    }

    [Fact]
    public void What_is_impure_elsewhere_is_no_concern_of_the_pure_layers()
    {
        var house = ProviderOf(Layer("Nodes", "internal sealed class Health(TimeProvider time) { public object Held => time; }"));

        Assert.Empty(ForbiddenUse.ImpureInPureLayers.Violations(house));
    }

    [Fact]
    public void A_reply_in_Transport_is_found()
    {
        var house = ProviderOf(
            Layer("Transport", "internal sealed class Link { public object Held => new Protocol.Reply(); }"),
            Layer("Protocol", "internal sealed class Reply { }"));

        Assert.NotEmpty(ForbiddenUse.MemcachedInTransport.Violations(house));
    }

    [Theory]
    [InlineData("internal sealed class Finder(System.IServiceProvider services) { public object Held => services; }")]
    [InlineData("internal static class Adder { internal static void Add(Microsoft.Extensions.DependencyInjection.IServiceCollection services) => services.Clear(); }")]
    [InlineData("internal static class Finder { internal static object? Of(Microsoft.AspNetCore.Http.HttpContext context) => context.RequestServices; }")]
    public void The_service_container_outside_Hosting_is_found(string text)
    {
        Assert.NotEmpty(ForbiddenUse.ContainerOutsideHosting.Violations(ProviderOf(Layer("Nodes", text))));
        Assert.Empty(ForbiddenUse.ContainerOutsideHosting.Violations(ProviderOf(Layer("Hosting", text))));
    }

    [Fact]
    public void A_request_in_the_provider_is_found()
    {
        var house = ProviderOf(Layer("Hosting", "internal sealed class Peek(Microsoft.AspNetCore.Http.HttpContext context) { public object Held => context; }"));

        Assert.NotEmpty(ForbiddenUse.RequestsInProvider.Violations(house));
    }

    [Fact]
    public void A_layer_of_the_provider_in_the_middleware_is_found()
    {
        var provider = ProviderOf(Layer("Client", "public sealed class Wire { }"));
        var house = MiddlewareOf(provider, Layer(
            "Hosting", "internal sealed class Graph { public object Held => new ScopedCaching.Memcached.Client.Wire(); }", ArrowTable.Middleware));

        Assert.NotEmpty(ForbiddenUse.ProviderLayersInMiddleware.Violations(house));
    }

    [Theory]
    [InlineData("DateTime.UtcNow")]
    [InlineData("DateTimeOffset.Now")]
    [InlineData("Environment.TickCount64")]
    [InlineData("System.Diagnostics.Stopwatch.GetTimestamp()")]
    [InlineData("Task.Delay(1)")]
    [InlineData("Task.Delay(TimeSpan.Zero, CancellationToken.None)")]
    [InlineData("Task.CompletedTask.WaitAsync(TimeSpan.Zero)")]
    [InlineData("Task.FromResult(1).WaitAsync(TimeSpan.Zero)")]
    [InlineData("new CancellationTokenSource(1000)")]
    [InlineData("new PeriodicTimer(TimeSpan.MaxValue)")]
    [InlineData("new Timer(_ => { })")]
    [InlineData("(Action)(() => Thread.Sleep(1))")]
    public void A_real_clock_is_found(string expression) => Assert.NotEmpty(ForbiddenUse.RealClocks.Violations(Clock(expression)));

    [Theory]
    [InlineData("time.GetUtcNow()")]
    [InlineData("Task.Delay(TimeSpan.Zero, time)")]
    [InlineData("Task.CompletedTask.WaitAsync(TimeSpan.Zero, time)")]
    [InlineData("Task.CompletedTask.WaitAsync(CancellationToken.None)")]
    [InlineData("new CancellationTokenSource(TimeSpan.Zero, time)")]
    [InlineData("new CancellationTokenSource()")]
    [InlineData("new DateTime(2000, 1, 1)")]
    public void A_time_provider_is_no_real_clock(string expression) => Assert.Empty(ForbiddenUse.RealClocks.Violations(Clock(expression)));

    private static void HoldsInTheHouse(ForbiddenUse rule) => Finding.None(House.Projects.SelectMany(rule.Violations));

    private static CompiledSources Clock(string expression) => ProviderOf(
        Layer("Nodes", $"internal static class Clock {{ internal static object Read(TimeProvider time) => (time, {expression}); }}"));
}
