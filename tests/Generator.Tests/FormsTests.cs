using Generator.Tests.Doubles;
using ScopedCaching;

namespace Generator.Tests;

/// <summary>Every form of a function compiles without a warning, in a project that turns warnings into errors and documents everything, and caches.</summary>
public sealed class FormsTests : IDisposable
{
    private const string Types =
        """
        public sealed record User(string Id, int? Age = null, Place? Home = null);
        public readonly record struct Place(int Zip, string? Street);
        public enum Size : byte { Small, Large }
        public sealed record Part(string CacheKeyPart) : ICacheKeyPart;
        """;

    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public void Dispose() => _caches.Dispose();

    [Theory]
    [InlineData("int", "Get", "int id", "(n, id)", "1")]
    [InlineData("Task<int>", "GetAsync", "int id", "Task.FromResult((n, id))", "1")]
    [InlineData("ValueTask<int>", "GetAsync", "int id", "new ValueTask<(int, int)>((n, id))", "1")]
    [InlineData("Task<string?>", "GetAsync", "string? id, CancellationToken ct", "x", "null, default")]
    [InlineData("ValueTask<string?>", "Get", "User? user", "x", "null")]
    public async Task Each_kind_of_result_is_cached(string result, string name, string parameters, string unused, string arguments)
    {
        Assert.NotNull(unused);
        var body = ScopedCaching.Generator.Models.FunctionModel.BodyNameOf(name);
        var of = result.Contains('<', StringComparison.Ordinal) ? result[(result.IndexOf('<', StringComparison.Ordinal) + 1)..^1] : result;
        var value = of == "int" ? "++Calls" : "(++Calls).ToString()";
        var returned = result.StartsWith("Task", StringComparison.Ordinal) ? $"Task.FromResult<{of}>({value})" : result.StartsWith("Value", StringComparison.Ordinal) ? $"new ValueTask<{of}>({value})" : value;
        var call = result.Contains("Task", StringComparison.Ordinal) ? $"await host.{name}({arguments})" : $"host.{name}({arguments})";
        var vary = parameters.StartsWith("User", StringComparison.Ordinal) ? "VaryOn = [\"user.Id\"]" : "";
        Assert.Equal("1 1 1", await RunAsync(
            $$"""
            public partial class Host(IScopedCache caches)
            {
                public int Calls;
                [Cached({{vary}})] public partial {{result}} {{name}}({{parameters}});
                private {{result}} {{body}}({{parameters}}) => {{returned}};
            }
            """,
            $$"""var host = new Host(caches); return $"{ {{call}} } { {{call}} } {host.Calls}";"""));
    }

    [Theory]
    [InlineData("private readonly IScopedCache _caches; public Host(IScopedCache caches) => _caches = caches;", "")]
    [InlineData("protected IScopedCache Caches { get; } public Host(IScopedCache caches) => Caches = caches;", "")]
    [InlineData("public required IScopedCache Caches { get; init; } [System.Diagnostics.CodeAnalysis.SetsRequiredMembers] public Host(IScopedCache caches) => Caches = caches;", "")]
    [InlineData("public Host(IScopedCache caches) : base(caches) { }", ": Base")]
    [InlineData("private readonly TestScopedCache _held; public Host(IScopedCache caches) => _held = (TestScopedCache)caches;", "")]
    public async Task The_cache_is_found_where_a_class_keeps_it(string member, string bases) => Assert.Equal("1 1", await RunAsync(
        $$"""
        public abstract class Base { protected Base(IScopedCache caches) => Caches = caches; protected IScopedCache Caches { get; } }
        public partial class Host {{bases}}
        {
            private int _calls;
            {{member}}
            [Cached] public partial int Get(int id);
            private int GetUncached(int id) => ++_calls;
        }
        """,
        """var host = new Host(caches); return $"{host.Get(1)} {host.Get(1)}";"""));

    [Fact]
    public async Task A_static_function_takes_the_cache_as_a_parameter_that_is_no_part_of_the_key() => Assert.Equal("1 2 1 3 False", await RunAsync(
        """
        public static partial class Host
        {
            private static int s_calls;
            [Cached] public static partial Task<int> GetAsync(int id, IScopedCache where, CancellationToken ct = default);
            private static Task<int> GetUncachedAsync(int id) => Task.FromResult(++s_calls);
        }
        """,
        """
        var first = $"{await Host.GetAsync(1, caches)} {await Host.GetAsync(2, caches)} {await Host.GetAsync(1, caches)} {await Host.GetCache.RefreshAsync(caches, 1)}";
        await Host.GetCache.ClearAsync(caches, 1);
        return $"{first} {(await Host.GetCache.TryGetAsync(caches, 1)).Found}";
        """));

    [Fact]
    public async Task Generic_functions_and_classes_keep_their_type_arguments_apart() => Assert.Equal("1 2 3 1 4 4", await RunAsync(
        """
        public static class Count { public static int Calls; }
        public partial class Host<T>(IScopedCache caches) where T : notnull
        {
            [Cached] public partial ValueTask<int> GetAsync<TItem>(T id, TItem? item) where TItem : class, IEnumerable<char>?;
            private ValueTask<int> GetUncachedAsync<TItem>(T id, TItem? item) where TItem : class, IEnumerable<char>? => new(++Count.Calls);
            public partial class Inner<TOther> where TOther : struct
            {
                [Cached] public static partial int Get<TThird>(IScopedCache caches) where TThird : new();
                private static int GetUncached<TThird>() where TThird : new() => ++Count.Calls;
            }
        }
        """,
        """
        var (ints, longs) = (new Host<int>(caches), new Host<long>(caches));
        var text = $"{await ints.GetAsync(1, "a")} {await longs.GetAsync(1, "a")} {await ints.GetAsync(2, "a")} {await ints.GetAsync(1, "a")}";
        return $"{text} {Host<int>.Inner<int>.Get<object>(caches)} {Host<int>.Inner<int>.Get<object>(caches)}";
        """));

    [Fact]
    public async Task Names_that_mean_something_in_generated_code_are_no_problem() => Assert.Equal("1 1 1", await RunAsync(
        """
        namespace System2 { public class Task; }
        public partial class Host(IScopedCache caches)
        {
            private int _calls;
            [Cached] public partial int Get(string key, int self, int value, int token, int call, int cancellationToken, int Item2, int @class, int k, int item);
            private int GetUncached(string key, int self, int value, int token, int call, int cancellationToken, int Item2, int @class, int k, int item) => ++_calls;
        }
        """,
        """
        var host = new Host(caches);
        var text = $"{host.Get("", 1, 2, 3, 4, 5, 6, 7, 8, 9)} {host.Get("", 1, 2, 3, 4, 5, 6, 7, 8, 9)}";
        return $"{text} {(await host.GetCache.TryGetAsync("", 1, 2, 3, 4, 5, 6, 7, 8, 9)).Value}";
        """));

    [Fact]
    public async Task Modifiers_defaults_params_and_nesting_are_kept() => Assert.Equal("1 1 2 3 3 3 True", await RunAsync(
        """
        namespace Deep.Down
        {
            public abstract class Base { public abstract int Get(int id = 3, params int[] ids); }
            public partial record Outer
            {
                public partial class Host(IScopedCache caches) : Base
                {
                    private int _calls;
                    [Cached] public sealed override partial int Get(int id, params int[] ids);
                    private int GetUncached() => ++_calls;
                    [Cached(VaryOn = ["id", "size", "text", "money", "rate", "place.Zip", "ids"])]
                    protected internal virtual partial int Other(
                        int id = 3, Size size = Size.Large, string text = "a\"b", decimal money = 1.5m, double rate = double.NaN, float ratio = 0.1f, char mark = '\n', Place place = default,
                        params IEnumerable<int> ids);
                    private int OtherUncached() => ++_calls;
                    public int OfOther() => Other();
                    public async Task<bool> KnowsOther() => (await OtherCache.TryGetAsync(3, Size.Large, "a\"b", 1.50m, double.NaN, default, [])).Found;
                }
            }
        }
        """,
        """
        var host = new Deep.Down.Outer.Host(caches);
        var text = $"{host.Get(3, 1, 2)} {((Deep.Down.Base)host).Get(ids: [1, 2])} {host.Get(3, 1)} {host.OfOther()} {host.OfOther()}";
        return $"{text} {host.Other(id: 3, ids: [])} {await host.KnowsOther()}";
        """));

    [Fact]
    public async Task Every_type_that_may_stand_in_a_key_does() => Assert.Equal("1", await RunAsync(
        """
        public partial class Host(IScopedCache caches)
        {
            private int _calls;
            [Cached]
            public partial int Get(
                string? a, bool b, char c, sbyte d, byte e, short f, ushort g, int h, uint i, long j, ulong k, nint l, nuint m, Int128 n, UInt128 o, System.Numerics.BigInteger p,
                float q, double r, Half s, decimal t, Size u, Guid v, DateTime w, DateTimeOffset x, DateOnly y, TimeOnly z, TimeSpan aa, byte[]? bb, ReadOnlyMemory<byte> cc, Memory<byte> dd,
                Uri? ee, Part? ff, int? gg, Size? hh, List<int?>? ii, string?[] jj, IReadOnlySet<Guid>? kk, HashSet<(int, string?)> ll, Dictionary<string, List<int>?> mm,
                IReadOnlyDictionary<Size, Part>? nn, (int A, (string? B, Size? C) D) oo, (int, int)? pp, IEnumerable<IEnumerable<int>> qq,
                System.Collections.Immutable.ImmutableArray<int> rr, KeyValuePair<int, string> ss, int[][] tt);
            private int GetUncached() => ++_calls;
        }
        """,
        """
        int Get() => new Host(caches).Get(
            null, true, 'c', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1.5f, 2.5, (Half)3.5, 4.5m, Size.Large, Guid.Empty, default, default, default, default, default, null, default, default,
            null, null, null, null, [1, null], ["a", null], null, [(1, null)], new() { ["a"] = null, ["b"] = [1] }, null, (1, (null, Size.Small)), null, [[1], []], default, new(1, "a"), [[1], [2, 3]]);
        Get();
        return $"{Get()}";
        """));

    [Fact]
    public async Task Paths_methods_and_placeholders_say_what_the_key_varies_on() => Assert.Equal("1 1 2 | 3 3 4 | 5 5 6 | 7 7 8 | 9 9", await RunAsync(
        """
        public partial class Host(IScopedCache caches)
        {
            private int _calls;
            public int Tenant { get; set; } = 1;
            [Cached(VaryOn = ["user.Home.Street", "user.Age", "user.Home.Zip", "this.Tenant"])] public partial int Path(User? user);
            private int PathUncached(User? user) => ++_calls;
            [Cached(VaryOn = [nameof(Parts)])] public partial int Method(User user, int noise);
            private int MethodUncached(User user) => ++_calls;
            private (string, int?) Parts(User user) => (user.Id, user.Age);
            [Cached(Key = "user:{user.Id}:{{}}")] public partial int Text(User user, int noise);
            private int TextUncached(User user) => ++_calls;
            [Cached(Key = nameof(KeyOf), KeyPrefix = "pre:")] public partial int Own(User user, int noise);
            private int OwnUncached(User user) => ++_calls;
            private static string KeyOf(User user) => user.Id;
            [Cached(VaryOn = [])] public partial int One(User user);
            private int OneUncached(User user) => ++_calls;
        }
        """,
        """
        var host = new Host(caches);
        var (ana, old, bo) = (new User("ana"), new User("ana", 90, new Place(1, "s")), new User("bo"));
        var path = $"{host.Path(null)} {host.Path(ana)} {host.Path(old)}";
        var method = $"{host.Method(ana, 1)} {host.Method(ana, 2)} {host.Method(old, 1)}";
        var text = $"{host.Text(ana, 1)} {host.Text(old, 2)} {host.Text(bo, 1)}";
        var own = $"{host.Own(ana, 1)} {host.Own(old, 2)} {host.Own(bo, 1)}";
        if (host.OwnCache.KeyFor(ana) != "pre:ana") throw new Exception(host.OwnCache.KeyFor(ana));
        return $"{path} | {method} | {text} | {own} | {host.One(ana)} {host.One(bo)}";
        """));

    [Fact]
    public async Task An_interface_is_wrapped_with_all_its_members() => Assert.Equal("1 1 7 8 raised item5 2 2", await RunAsync(
        """
        namespace Bank
        {
            public interface INamed { string Name { get; } }
            public interface IDirectory : INamed
            {
                event Action? Raised;
                int Number { get; set; }
                string this[int index] { get; }
                [Cached(Seconds = 60, VaryOn = ["user.Id"], SkipWhen = "force")] Task<int> FindAsync(User user, bool force = false, CancellationToken ct = default);
                [Cached] int Count(int id);
                void Touch(ref int number, out int other);
                T Echo<T>(T value) where T : class?;
            }
            public sealed class Directory : IDirectory
            {
                private int _calls;
                public event Action? Raised;
                public string Name => "d";
                public int Number { get; set; }
                public string this[int index] => "item" + index;
                public Task<int> FindAsync(User user, bool force, CancellationToken ct) { Raised?.Invoke(); return Task.FromResult(++_calls); }
                public int Count(int id) => ++_calls;
                public void Touch(ref int number, out int other) => other = ++number;
                public T Echo<T>(T value) where T : class? => value;
            }
        }
        """,
        """
        var wrapper = new Bank.CachedDirectory(new Bank.Directory(), caches);
        Bank.IDirectory directory = wrapper;
        Bank.IDirectoryCache cache = wrapper;
        var raised = "";
        directory.Raised += () => raised = "raised";
        var find = $"{await directory.FindAsync(new User("a"))} {await directory.FindAsync(new User("a"))}";
        directory.Number = 7;
        var number = directory.Number;
        directory.Touch(ref number, out var other);
        await cache.FindCache.ClearAsync(new User("a"));
        return $"{find} {directory.Number} {other} {raised} {directory[5]} {directory.Count(1)} {directory.Count(1)}";
        """));

    [Fact]
    public async Task The_same_source_gives_the_same_code_to_the_last_character()
    {
        const string source = "public partial class Host(IScopedCache caches) { [Cached(Seconds = 1)] public partial int Get(int id); private int GetUncached(int id) => id; }";
        var (first, second) = (await Compiled.CleanAsync(source), await Compiled.CleanAsync(source));

        Assert.Equal(first.Generated, second.Generated);
        Assert.DoesNotContain('\r', first.Generated.Single());
    }

    private async Task<string> RunAsync(string source, string script)
    {
        var compiled = await Compiled.CleanAsync(
            source, Types, $$"""public static class Program { public static async Task<string> Run(IScopedCache caches) { await Task.CompletedTask; {{script}} } }""");
        return await compiled.RunAsync(_caches);
    }
}
