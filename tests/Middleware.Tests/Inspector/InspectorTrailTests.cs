using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Inspector;

/// <summary>What was done by hand is found again in the log, and from there who did it in the access log.</summary>
public sealed class InspectorTrailTests
{
    [Fact]
    public async Task What_was_done_and_refused_names_the_request_and_no_person()
    {
        await using var app = await InspectorApp.StartAsync(inspector: AllowValues);
        await app.Caches.Create("birch").StackCache.SetAsync("a", "value", TimeSpan.FromMinutes(5));
        var id = await app.IdOfAsync("a");

        await app.PostAsync("/cache/set", new { level = "Stack", key = "b", value = "x" }, InspectorApp.Operator, ("X-Trace", "0HN1:1"));
        await app.PostAsync("/cache/read", new { level = "Stack", key = "b" }, InspectorApp.Operator, ("X-Trace", "0HN1:2"));
        await app.PostAsync("/cache/remove", new { id }, InspectorApp.Operator, ("X-Trace", "0HN1:3"));
        await app.PostAsync("/cache/read", new { id }, InspectorApp.Operator, ("X-Trace", "0HN1:4"));

        var trail = Trail(app);
        Assert.Equal([(2030, "0HN1:1"), (2030, "0HN1:2"), (2031, "0HN1:3"), (2031, "0HN1:4")], trail.Select(static entry => (entry.Id, entry.Text.Split("Request: ")[^1].TrimEnd('.'))));
        Assert.All(trail, static entry => Assert.DoesNotContain("ana", entry.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_command_has_done_is_said_to_come_from_the_command_line()
    {
        await using var app = await InspectorApp.StartAsync();
        var commands = app.App.Services.GetRequiredService<IScopedCacheCommands>();

        foreach (var action in (ScopedCacheAction[])[ScopedCacheAction.Set, ScopedCacheAction.Update, ScopedCacheAction.Read, ScopedCacheAction.Remove, ScopedCacheAction.Clear])
        {
            Assert.Equal(0, (await commands.RunAsync(new ScopedCacheCommand(action) { Customer = "birch", Key = "secret", Value = "secret" })).ExitCode);
        }

        var trail = Trail(app);
        Assert.Equal(5, trail.Length);
        Assert.All(trail, static entry =>
        {
            Assert.Equal(2030, entry.Id);
            Assert.EndsWith("Request: command line.", entry.Text, StringComparison.Ordinal);
            Assert.Contains("stack level", entry.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("secret", entry.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("birch", entry.Text, StringComparison.Ordinal);
        });
    }

    private static (int Id, string Text)[] Trail(InspectorApp app) => [.. app.Log.Entries.Where(static entry => entry.Id.Id is 2030 or 2031).Select(static entry => (entry.Id.Id, entry.Text))];

    private static void AllowValues(ScopedCacheInspectorOptions options) => (options.AllowReadingValues, options.AllowWritingValues) = (true, true);
}
