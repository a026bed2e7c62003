using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Middleware.Tests.Doubles;
using ScopedCaching;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Inspector;

/// <summary>The local cache that outlives its process: the embedded server in a file.</summary>
public sealed class LocalPathTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly IDataProtectionProvider _ring = new EphemeralDataProtectionProvider();
    private readonly CapturedLog _log = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("local-cache");

    private string FilePath => Path.Combine(_folder.FullName, "cache");

    [Fact]
    public async Task What_one_process_has_set_the_next_one_reads_until_it_ends()
    {
        await using (var first = Process())
        {
            await Stack(first).SetAsync("short", "a", TimeSpan.FromMinutes(1));
            await Stack(first).SetAsync("long", "b", TimeSpan.FromHours(1));
            await Stack(first).SetAsync("for ever", "c", CachePolicy.Forever);
            await Stack(first, "birch").SetAsync("long", "d", TimeSpan.FromHours(1));
        }

        _clock.Advance(TimeSpan.FromMinutes(2));
        await using var second = Process();

        Assert.False((await Stack(second).TryGetAsync<string>("short")).Found);
        Assert.Equal("b", await Stack(second).GetAsync<string>("long"));
        Assert.Equal("c", await Stack(second).GetAsync<string>("for ever"));
        Assert.Equal("d", await Stack(second, "birch").GetAsync<string>("long"));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False((await Stack(second).TryGetAsync<string>("long")).Found);
    }

    [Fact]
    public async Task What_was_removed_or_cleared_does_not_come_back()
    {
        await using (var first = Process())
        {
            await Stack(first).SetAsync("removed", "a", TimeSpan.FromHours(1));
            await Stack(first, "birch").SetAsync("cleared", "b", TimeSpan.FromHours(1));
        }

        await using (var second = Process())
        {
            Assert.Equal("a", await Stack(second).GetAsync<string>("removed"));
            await Stack(second).RemoveAsync("removed");
            await Stack(second, "birch").ClearAsync();
        }

        await using var third = Process();
        Assert.False((await Stack(third).TryGetAsync<string>("removed")).Found);
        Assert.False((await Stack(third, "birch").TryGetAsync<string>("cleared")).Found);
    }

    [Fact]
    public async Task After_five_seconds_it_is_there_also_if_the_process_never_ends_well()
    {
        await using var first = Process();
        await Stack(first).SetAsync("a", "value", TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromSeconds(5));
        var copy = FilePath + ".copy";
        File.Copy(FilePath, copy);

        await using var second = Process(copy);

        Assert.Equal("value", await Stack(second).GetAsync<string>("a"));
    }

    [Fact]
    public async Task Only_its_owner_may_read_it_and_nobody_learns_anything_from_it()
    {
        await using (var process = Process())
        {
            await Stack(process).SetAsync("account of Ana", "secret value", CachePolicy.Default with { Encrypt = false, Compress = false });
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(FilePath).UnixFileMode);
        var text = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(FilePath));
        Assert.DoesNotContain("Ana", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret value", text, StringComparison.Ordinal);
        Assert.DoesNotContain("test:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_at_the_same_time_starts_empty_and_says_so()
    {
        await using var first = Process();
        await Stack(first).SetAsync("a", "first", TimeSpan.FromHours(1));
        await using (var second = Process())
        {
            Assert.False((await Stack(second).TryGetAsync<string>("a")).Found);
            await Stack(second).SetAsync("a", "second", TimeSpan.FromHours(1));
        }

        Assert.Contains(_log.Entries, static entry => entry.Id.Id == 1310);
        await first.DisposeAsync();
        await using var third = Process();
        Assert.Equal("first", await Stack(third).GetAsync<string>("a"));
    }

    [Fact]
    public async Task A_damaged_file_is_an_empty_one()
    {
        await File.WriteAllTextAsync(FilePath, "no file of ours");
        await using var process = Process();

        Assert.False((await Stack(process).TryGetAsync<string>("a")).Found);
        Assert.True(await Stack(process).SetAsync("a", "value", TimeSpan.FromHours(1)));
        Assert.Contains(_log.Entries, static entry => entry.Id.Id == 1311);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static ICache Stack(ServiceProvider process, string customer = "acme") => process.GetRequiredService<IScopedCacheFactory>().Create(customer).StackCache;

    private ServiceProvider Process(string? path = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_log));
        services.AddSingleton<TimeProvider>(_clock);
        services.AddMemcachedScopedCache();
        services.Configure<MemcachedOptions>(options => (options.Prefix, options.Backend, options.LocalPath, options.Timeout) = ("test", CacheBackends.Embedded, path ?? FilePath, TimeSpan.FromMinutes(5)));
        services.AddSingleton(_ring);
        return services.BuildServiceProvider();
    }
}
