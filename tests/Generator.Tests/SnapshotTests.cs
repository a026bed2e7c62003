using Generator.Tests.Doubles;

namespace Generator.Tests;

/// <summary>
/// What is generated for each form, word for word: users step through it, so a change of it is to be seen and read. The texts stand in the folder Snapshots;
/// with the environment variable UPDATE_SNAPSHOTS=1 they are written anew, and git shows what has changed.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly Dictionary<string, string> s_forms = new(StringComparer.Ordinal)
    {
        ["Task"] =
            """
            public sealed partial class Host(IScopedCache caches)
            {
                [Cached(Seconds = 600)] public partial Task<string?> GetProfileAsync(string id, CancellationToken ct = default);
                private Task<string?> GetProfileUncachedAsync(string id, CancellationToken ct) => Task.FromResult<string?>(id + caches + ct);
            }
            """,
        ["ValueTaskGeneric"] =
            """
            public partial class Host<TKey>(IScopedCache caches)
            {
                private readonly IScopedCache _caches = caches;
                [Cached(KeyPrefix = "p", Level = StorageLevel.Session, Tags = ["a", "b"])] public partial ValueTask<List<TValue>> GetAsync<TValue>(int id) where TValue : class;
                private ValueTask<List<TValue>> GetUncachedAsync<TValue>(int id) where TValue : class => new([]);
            }
            """,
        ["Static"] =
            """
            public static partial class Host
            {
                [Cached(Level = StorageLevel.Service, Version = "1")] public static partial int Count(IScopedCache caches, Guid id, DateTimeOffset day);
                private static int CountUncached(Guid id, DateTimeOffset day) => 1;
            }
            """,
        ["VaryOnAndSkipWhen"] =
            """
            public sealed record User(string Id, Place? Home);
            public sealed record Place(int Zip);
            public sealed partial class Host(IScopedCache caches)
            {
                public int Region { get; init; }
                [Cached(Policy = "users", VaryOn = ["user.Id", "user.Home.Zip", "this.Region"], SkipWhen = "force")]
                public partial Task<string> GetAsync(User user, bool force = false, CancellationToken ct = default);
                private Task<string> GetUncachedAsync(User user, bool force, CancellationToken ct) => Task.FromResult(user.Id + force + caches + ct);
            }
            """,
        ["Overloads"] =
            """
            [CacheDefaults(Seconds = 60, Level = StorageLevel.Stack)]
            public sealed partial class Host(IScopedCache caches)
            {
                [Cached] public partial Task<int> GetAsync(int id);
                [Cached] public partial Task<int> GetAsync(string name);
                private Task<int> GetUncachedAsync(int id) => Task.FromResult(id + caches.GetHashCode());
                private Task<int> GetUncachedAsync(string name) => Task.FromResult(name.Length);
            }
            """,
        ["Key"] =
            """
            public sealed partial class Host(IScopedCache caches)
            {
                [Cached(Key = "rates:{currency}:{day}")] public partial Task<decimal> RateAsync(string currency, DateOnly day);
                private Task<decimal> RateUncachedAsync(string currency, DateOnly day) => Task.FromResult(1m + caches.GetHashCode());
            }
            """,
        ["Interface"] =
            """
            public interface IDirectory
            {
                [Cached(Seconds = 60)] Task<string> FindAsync(string id, CancellationToken ct = default);
                Task StoreAsync(string id);
            }
            public sealed class Directory : IDirectory
            {
                public Task<string> FindAsync(string id, CancellationToken ct) => Task.FromResult(id);
                public Task StoreAsync(string id) => Task.CompletedTask;
            }
            """,
    };

    public static TheoryData<string> Forms => [.. s_forms.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task What_is_generated_is_what_was_read_and_agreed_to(string form)
    {
        var compiled = await Compiled.CleanAsync(s_forms[form]);
        var generated = string.Join("\n// ----\n", compiled.Generated).ReplaceLineEndings("\n");
        var file = Path.Combine(Folder(), form + ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") is "1")
        {
            await File.WriteAllTextAsync(file, generated, TestContext.Current.CancellationToken);
        }

        Assert.True(File.Exists(file), $"There is no snapshot of {form}: run with UPDATE_SNAPSHOTS=1, and read what it wrote.");
        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), generated);
    }

    private static string Folder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Provider.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository is not above the tests.");
        }

        return Path.Combine(folder, "tests", "Generator.Tests", "Snapshots");
    }
}
