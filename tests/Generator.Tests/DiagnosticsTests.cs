using Generator.Tests.Doubles;
using Microsoft.CodeAnalysis;

namespace Generator.Tests;

/// <summary>What is wrong is told where it stands. The place is marked with [| and |] in the source.</summary>
public sealed class DiagnosticsTests
{
    [Theory]
    [InlineData("SC0001", "[Cached] public Task<int> [|GetAsync|](int id) => Task.FromResult(id);", "GetUncachedAsync")]
    [InlineData("SC0002", "[Cached] public partial Task<int> [|GetAsync|](int id, CancellationToken ct);", "private Task<int> GetUncachedAsync(int id, System.Threading.CancellationToken ct)")]
    [InlineData("SC0002", "[Cached] public partial int [|Get|](int id); private string GetUncached(int id) => \"\";", "private int GetUncached(int id)")]
    [InlineData("SC0002", "[Cached] public partial int [|Get|](int id); private int GetUncached(long id) => 1;", "private int GetUncached(int id)")]
    [InlineData("SC0004", "[Cached] public partial void [|Get|](int id); private void GetUncached(int id) { }", "void")]
    [InlineData("SC0004", "[Cached] public partial Task [|GetAsync|](int id); private Task GetUncachedAsync(int id) => Task.CompletedTask;", "Task")]
    [InlineData("SC0004", "[Cached] public partial IAsyncEnumerable<int> [|Get|](); private IAsyncEnumerable<int> GetUncached() => throw new NotSupportedException();", "IAsyncEnumerable<int>")]
    [InlineData("SC0004", "private int _n; [Cached] public partial ref int [|Get|](); private ref int GetUncached() => ref _n;", "int")]
    [InlineData("SC0004", "[Cached] public partial Task<Task<int>> [|GetAsync|](); private Task<Task<int>> GetUncachedAsync() => throw new NotSupportedException();", "Task<int>")]
    [InlineData("SC0006", "[Cached] public partial int Get(ref int [|id|]); private int GetUncached() => 1;", "'ref'")]
    [InlineData("SC0006", "[Cached] public partial int Get(out int [|id|]); private int GetUncached() => 1;", "'out'")]
    [InlineData("SC0006", "[Cached] public partial int Get(in int [|id|]); private int GetUncached() => 1;", "'in'")]
    [InlineData("SC0006", "[Cached(VaryOn = [])] public partial int Get(ReadOnlySpan<int> [|ids|]); private int GetUncached() => 1;", "ReadOnlySpan<int>")]
    [InlineData("SC0007", "[Cached(VaryOn = [\"id\", [|\"ident\"|]])] public partial int Get(int id); private int GetUncached(int id) => 1;", "'Host.Get' varies on 'ident': there is no such parameter, nor a method that takes parameters of the function; its parameters are: id")]
    [InlineData("SC0007", "[Cached(VaryOn = new[] { [|\"user.Nmae\"|] })] public partial int Get(User user); private int GetUncached(User user) => 1;", "'User' has no readable property or field 'Nmae'")]
    [InlineData("SC0007", "[Cached(VaryOn = [[|\"user.Name.Long\"|]])] public partial int Get(User user); private int GetUncached(User user) => 1;", "'string' has no readable property or field 'Long'")]
    [InlineData("SC0007", "[Cached(VaryOn = [[|\"user.Secret\"|]])] public partial int Get(User user); private int GetUncached(User user) => 1;", "'Secret'")]
    [InlineData("SC0007", "[Cached(VaryOn = [[|\"this.Nothing\"|]])] public partial int Get(int id); private int GetUncached(int id) => 1;", "'Nothing'")]
    [InlineData("SC0007", "[Cached(VaryOn = [[|\"ct\"|]])] public partial int Get(int id, CancellationToken ct); private int GetUncached(int id) => 1;", "never a part of the key")]
    [InlineData("SC0007", "[Cached(VaryOn = [[|\"this.Id\"|]])] public static partial int Get(IScopedCache c, int id); private static int GetUncached(int id) => 1; public int Id => 1;", "this.Id")]
    [InlineData("SC0008", "[Cached] public partial int Get(User [|user|]); private int GetUncached(User user) => 1;", "'User' cannot be part of a key")]
    [InlineData("SC0008", "[Cached] public partial int Get(Dictionary<string, List<User?>> [|users|]); private int GetUncached(Dictionary<string, List<User?>> users) => 1;", "because of 'User?' in it")]
    [InlineData("SC0008", "[Cached] public partial int Get((int, User) [|pair|]); private int GetUncached((int, User) pair) => 1;", "because of 'User' in it")]
    [InlineData("SC0008", "[Cached(VaryOn = [[|\"user.Friend\"|]])] public partial int Get(User user); private int GetUncached(User user) => 1;", "'User?'")]
    [InlineData("SC0008", "[Cached] public partial int Get(object [|thing|]); private int GetUncached(object thing) => 1;", "'object'")]
    [InlineData("SC0008", "[Cached] public partial int Get(int[,] [|table|]); private int GetUncached(int[,] table) => 1;", "'int[*,*]'")]
    [InlineData("SC0008", "[Cached] public partial int Get(IQueryable<int> [|query|]); private int GetUncached(IQueryable<int> query) => 1;", "IQueryable<int>")]
    [InlineData("SC0009", "[Cached(SkipWhen = [|\"froce\"|])] public partial int Get(int id, bool force); private int GetUncached(int id) => 1;", "its boolean parameters are: force")]
    [InlineData("SC0009", "[Cached(SkipWhen = [|\"id\"|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "not bool")]
    [InlineData("SC0009", "[Cached(SkipWhen = [|nameof(Often)|])] public partial int Get(int id); private int GetUncached(int id) => 1; private int Often(int id) => id;", "not bool")]
    [InlineData("SC0010", "[Cached(SkipWhen = \"force\", VaryOn = [\"id\", [|\"force\"|]])] public partial int Get(int id, bool force); private int GetUncached(int id) => 1;", "'force'")]
    [InlineData("SC0011", "[Cached(Key = [|\"a{id\"|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "single '{'")]
    [InlineData("SC0011", "[Cached(Key = [|nameof(MyKey)|])] public partial int Get(int id); private int GetUncached(int id) => 1; private int MyKey(int id) => id;", "not string")]
    [InlineData("SC0007", "[Cached(Key = [|\"a{ident}\"|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "'ident'")]
    [InlineData("SC0012", "[Cached(Key = \"a{id}\", VaryOn = [|[\"id\"]|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "VaryOn")]
    [InlineData("SC0013", "[Cached(Level = [|StorageLevel.Session|])] public static partial int Get(IScopedCache caches, int id); private static int GetUncached(int id) => 1;", "static")]
    [InlineData("SC0016", "[Cached(Seconds = [|-1|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "-1")]
    [InlineData("SC0016", "[Cached(Seconds = [|0|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "must be positive")]
    [InlineData("SC0016", "[Cached(Level = [|(StorageLevel)7|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "no storage level")]
    [InlineData("SC0016", "[Cached(Invoker = [|typeof(string)|])] public partial int Get(int id); private int GetUncached(int id) => 1;", "'string'")]
    [InlineData("SC0018", "[Cached] public partial int Get(int id); private int GetUncached(int id) => 1; [Cached(SkipWhen = \"force\")] public partial int [|Get|](int id, bool force); private int GetUncached(int id, bool force) => 1;", "GetCache")]
    public async Task What_cannot_work_is_told_where_it_stands(string id, string member, string says) =>
        await AssertToldAsync(id, "public sealed partial class Host(IScopedCache caches)\n{\n    " + member + "\n    public IScopedCache Caches => caches;\n}", says);

    [Theory]
    [InlineData("SC0003", "public partial class Host { [Cached] public partial int [|Get|](int id); private int GetUncached(int id) => 1; }", "primary-constructor parameter of type IScopedCache")]
    [InlineData("SC0003", "public static partial class Host { [Cached] public static partial int [|Get|](int id); private static int GetUncached(int id) => 1; }", "add a parameter of type IScopedCache")]
    [InlineData("SC0015", "public partial struct Host { [Cached] public partial int [|Get|](IScopedCache c, int id); private int GetUncached(int id) => 1; }", "no class")]
    [InlineData("SC0015", "public class Outer { public partial class Host { [Cached] public static partial int [|Get|](IScopedCache c, int id); private static int GetUncached(int id) => 1; } }", "'Outer' is not partial")]
    [InlineData("SC0017", "public interface IHost<T> { [Cached] int [|Get|](int id); }", "generic")]
    [InlineData("SC0017", "public interface IHost { [Cached] int [|Get|](int id); static abstract int Other(); }", "'Other'")]
    [InlineData("SC0008", "public interface IHost { [Cached] int Get(User [|user|]); }", "'User'")]
    [InlineData("SC0014", "public partial class Host(IScopedCache caches) { [Cached(Key = \"a\")] public partial int Get(); private int GetUncached() => 1; [Cached(Key = \"a\")] public partial int [|Other|](); private int OtherUncached() => 1; }", "Host.Get")]
    [InlineData("SC0014", "public partial class Host(IScopedCache caches) { [Cached(Key = \"a{id}\")] public partial int Get(int id); private int GetUncached(int id) => 1; } public partial class Other(IScopedCache caches) { [Cached(Key = \"a{id}\")] public partial int [|Get|](int id); private int GetUncached(int id) => 1; }", "Host.Get")]
    public async Task What_a_type_cannot_have_is_told_where_it_stands(string id, string type, string says) => await AssertToldAsync(id, type, says);

    [Theory]
    [InlineData("(int A, string B)", "fields of a tuple")]
    [InlineData("List<(int, int)>", "fields of a tuple")]
    [InlineData("object", "comes back as JSON")]
    [InlineData("Dictionary<string, object>", "comes back as JSON")]
    [InlineData("Func<int>", "no data")]
    [InlineData("System.IO.MemoryStream", "no data")]
    [InlineData("IQueryable<int>", "no data")]
    [InlineData("int[,]", "several dimensions")]
    [InlineData("IShape", "which type to make again")]
    [InlineData("Drawing", "which type to make again")]
    public async Task A_result_that_does_not_survive_being_stored_is_told(string result, string says) => await AssertToldAsync(
        "SC0005",
        $$"""
        public interface IShape { int Corners { get; } }
        public sealed record Drawing(string Name, IReadOnlyList<IShape> Shapes);
        public partial class Host(IScopedCache caches)
        {
            [Cached] public partial ValueTask<{{result}}> [|GetAsync|](int id);
            private ValueTask<{{result}}> GetUncachedAsync(int id) => throw new NotSupportedException();
        }
        """,
        says);

    [Fact]
    public async Task A_result_that_a_serializer_of_ones_own_handles_can_be_declared_right()
    {
        var compiled = await Compiled.CompileAsync(
            """
            public partial class Host(IScopedCache caches)
            {
            #pragma warning disable SC0005 // The policy has a serializer for it.
                [Cached] public partial (int, int) Get();
            #pragma warning restore SC0005
                private (int, int) GetUncached() => (1, 2);
            }
            """);

        Assert.All(compiled.Diagnostics, static diagnostic => Assert.True(diagnostic.IsSuppressed));
        Assert.Contains("GetFunction.Cached.Call(", compiled.Generated.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_is_in_the_release_notes_and_in_the_documentation()
    {
        var root = AppContext.BaseDirectory[..AppContext.BaseDirectory.IndexOf("/tests/", StringComparison.Ordinal)];
        var notes = File.ReadAllText(Path.Combine(root, "src/Generator/AnalyzerReleases.Unshipped.md")) + File.ReadAllText(Path.Combine(root, "src/Generator/AnalyzerReleases.Shipped.md"));
        var document = File.ReadAllText(Path.Combine(root, "docs/functions.md"));

        Assert.All(new ScopedCaching.Generator.CachedFunctionAnalyzer().SupportedDiagnostics, rule =>
        {
            Assert.Contains($"{rule.Id} |", notes, StringComparison.Ordinal);
            Assert.Contains($"### {rule.Id}", document, StringComparison.Ordinal);
            Assert.EndsWith($"docs/functions.md#{rule.Id}", rule.HelpLinkUri, StringComparison.OrdinalIgnoreCase);
        });
    }

    private static async Task AssertToldAsync(string id, string marked, string says)
    {
        const string types = "public sealed record User(string Name, User? Friend) { private int Secret => 1; public int Public => Secret; }";
        var start = marked.IndexOf("[|", StringComparison.Ordinal);
        var source = marked.Replace("[|", "", StringComparison.Ordinal);
        var end = source.IndexOf("|]", StringComparison.Ordinal);
        source = source.Replace("|]", "", StringComparison.Ordinal);

        var compiled = await Compiled.CompileAsync(source, types);

        // The compiler adds nothing of its own: one mistake, one message. Only into a type that is not partial nothing can be written to keep it silent.
        var told = Assert.Single(compiled.Diagnostics, diagnostic => !diagnostic.IsSuppressed && !(diagnostic.Id == "CS8795" && says.Contains("not partial", StringComparison.Ordinal)));
        Assert.Equal(id, told.Id);
        Assert.Contains(says, told.GetMessage(), StringComparison.Ordinal);
        Assert.Equal(source[start..end], source.Substring(told.Location.SourceSpan.Start, told.Location.SourceSpan.Length));
        Assert.Equal(start, told.Location.SourceSpan.Start);
    }
}
