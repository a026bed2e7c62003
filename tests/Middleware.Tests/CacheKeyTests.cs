using System.Globalization;
using System.Net;
using System.Numerics;
using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using ScopedCaching;

namespace Middleware.Tests;

public sealed class CacheKeyTests
{
    private const string Constant = "account:42";
    private const string ConstantPart = "a:b";
    private static readonly Guid s_guid = Guid.Parse("1b4e28ba-2fa1-11d2-883f-0016d3cca427");

    // What stands between two holes decides how they are kept apart: a separator, a character holes may contain, parts of escapes, nothing.
    private static readonly Func<string?, string?, CacheKey>[] s_templates =
    [
        (x, y) => $"{x}{y}", (x, y) => $"{x}:{y}", (x, y) => $"{x}-{y}", (x, y) => $"{x}|{y}", (x, y) => $"{x}%{y}", (x, y) => $"{x}n{y}", (x, y) => $"{x}0{y}", (x, y) => $"{x}%00{y}",
        (x, y) => $"{x}%null{y}", (x, y) => $"{x}0-{y}", (x, y) => $"{x}-:{y}", (x, y) => $"{x}x{y}", (x, y) => $"{x}--{y}", (x, y) => $"a:{x}-0{y}:z", (x, y) => $"%{x}é{y}%", (x, y) => $"{x}" + $"-{y}",
        (x, y) => $"{x}F{y}", (x, y) => $"{x}u{y}", (x, y) => $"{x}5l{y}", (x, y) => $"{x}\0{y}", (x, y) => $"{x}-{x}{y}", (x, y) => $"{x}:{y}-{x}",
    ];

    [Fact]
    public async Task Interpolated_keys_of_a_cache_never_meet_whatever_their_holes_hold()
    {
        using var caches = ScopedCacheTesting.Create();
        var (customer, account) = ("a:b", "c");
        await caches.StackCache.SetAsync(CacheKey.Of($"account:{customer}:{account}"), 1, TestContext.Current.CancellationToken);
        (customer, account) = ("a", "b:c");

        Assert.False((await caches.StackCache.TryGetAsync<int>(CacheKey.Of($"account:{customer}:{account}"), TestContext.Current.CancellationToken)).Found);
        Assert.True((await caches.StackCache.TryGetAsync<int>(CacheKey.Of($"account:{"a:b"}:{"c"}"), TestContext.Current.CancellationToken)).Found);
        Assert.Throws<ArgumentNullException>("key", () => CacheKey.Of((string)null!));
    }

    [Fact]
    public void A_plain_text_is_the_key_as_it_is()
    {
        var variable = "any / text: at 100 %, " + Constant;
        Assert.Equal("account:42", Of("account:42"));
        Assert.Equal(Constant, Of(Constant));
        Assert.Same(variable, Of(variable));
        Assert.Equal(variable + "!", Of(variable + "!"));
        Assert.Equal("", Of(""));
        Assert.Equal(Constant, Of(new CacheKey(Constant)));
    }

    [Fact]
    public void An_interpolated_key_of_ordinary_values_is_the_plain_text()
    {
        var (id, number) = ("42", 42);
        Assert.Equal(Constant, Of($"account:{id}"));
        Assert.Equal(Constant, Of($"account:{number}"));
        Assert.Equal(Constant, Of($"{"account"}:{id}"));
        Assert.Equal("user/jo.doe+news@example.org/name", Of($"user/{"jo.doe+news@example.org"}/name"));
        Assert.Equal("users-42-7", Of($"users-{id}-{7}"));
        Assert.Equal("10x20", Of($"{10}x{20}"));
        Assert.Equal("Zürich:東京", Of($"{"Zürich"}:{"東京"}"));
        Assert.Equal("{42}", Of($"{{{id}}}"));
        Assert.Equal("{}", Of($"{{}}"));
        Assert.Equal("", Of($""));
        Assert.Equal("nothing", Of($"nothing"));
        Assert.Equal("""a"42""", Of($"""a"{id}"""));
        Assert.Equal("a:42:b", Of($"a:" + $"{id}" + $":b"));
    }

    [Fact]
    public void A_hole_alone_is_its_text()
    {
        var text = new string('x', 10);
        Assert.Same(text, Of($"{text}"));
        Assert.Equal("42", Of($"{42}"));
        Assert.Equal("a%2Fb", Of($"{"a/b"}"));
        Assert.Equal("", Of($"{""}"));
        Assert.Equal("%null", Of($"{(string?)null}"));
    }

    [Fact]
    public void What_could_break_out_of_a_hole_is_escaped()
    {
        Assert.Equal("a:1%3A2", Of($"a:{"1:2"}"));
        Assert.Equal("page:%2Fa%20b%2F%25", Of($"page:{"/a b/%"}"));
        Assert.Equal("a:%00%0D%0A%7F", Of($"a:{"\0\r\n\u007f"}"));
        Assert.Equal("a%2Db-c-d", Of($"{"a-b"}-{"c-d"}"));
        Assert.Equal("%u00E9é--", Of($"{"é"}é{"--"}"));
        Assert.Equal("a|b", Of($"{"a"}{"b"}"));
        Assert.Equal("1|002|", Of($"{1}00{"2"}{""}"));
        Assert.Equal("a%3Ab", Of($"{ConstantPart}"));
    }

    [Fact]
    public void Null_is_not_the_empty_text()
    {
        Assert.Equal("a:%null:%25null:", Of($"a:{(string?)null}:{"%null"}:{""}"));
        Assert.Equal("%null:%null:%null", Of($"{(int?)null}:{(Version?)null}:{(bool?)null}"));
    }

    [Fact]
    public void Every_type_is_written_in_full_and_invariantly()
    {
        var time = new DateTime(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(6);
        Assert.Equal("2030-01-02T03%3A04%3A05.0000006Z", Of($"{time}"));
        Assert.Equal("2030-01-02T03%3A04%3A05.0000006+00%3A00", Of($"{new DateTimeOffset(time)}"));
        Assert.Equal("2030-01-02", Of($"{DateOnly.FromDateTime(time)}"));
        Assert.Equal("03%3A04%3A05.0000006", Of($"{TimeOnly.FromDateTime(time)}"));
        Assert.Equal("2030", Of($"{time:yyyy}"));
        Assert.Equal("2030-01-02", Of($"{(DateTime?)time:yyyy-MM-dd}"));
        Assert.Equal("1.02%3A00%3A00", Of($"{TimeSpan.FromHours(26)}"));
        Assert.Equal("1b4e28ba-2fa1-11d2-883f-0016d3cca427:1b4e28ba2fa111d2883f0016d3cca427", Of($"{s_guid}:{s_guid:N}"));
        Assert.Equal("Stack:7:Static%2C%20Public:1", Of($"{StorageLevel.Stack}:{(StorageLevel)7}:{BindingFlags.Public | BindingFlags.Static}:{(StorageLevel?)StorageLevel.Session:D}"));
        Assert.Equal("1.5:-7:1.50:True:False:c:10.0.0.1", Of($"{1.5}:{-7}:{1.50m}:{true}:{(bool?)false}:{'c'}:{IPAddress.Parse("10.0.0.1")}"));
        Assert.Equal("5:text", Of($"{(int?)5}:{"text".AsSpan()}"));
    }

    [Fact]
    public void The_culture_of_the_caller_does_not_show()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NegativeSign) = (",", "~");
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal("-1.5:-7", Of($"{-1.5}:{-7}"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_long_key_is_whole()
    {
        var (text, number) = (new string('a', 10_000), BigInteger.Pow(10, 9_999));
        Assert.Equal("1" + new string('0', 9_999), Of($"{number}"));
        Assert.Equal(text + ":" + number + ":" + text, Of($"{text}:{number}:{text}"));
        Assert.Equal(string.Concat(Enumerable.Repeat("%3A", 10_000)) + "|1", Of($"{new string(':', 10_000)}{1}"));
        Assert.Equal("after", Of($"{"after"}"));
    }

    [Fact]
    public void Different_values_never_give_the_same_key_of_a_template()
    {
        // Every pair of short texts out of what is hardest to keep apart.
        var texts = new List<string?> { null, "" };
        for (var length = 1; length <= 2; length++)
        {
            texts.AddRange(texts.Where(text => text?.Length == length - 1).SelectMany(static text => "-/:%|nF0xé".Select(c => text + c)).ToArray());
        }

        foreach (var template in s_templates)
        {
            var given = new Dictionary<string, (string?, string?)>(StringComparer.Ordinal);
            foreach (var (x, y) in texts.SelectMany(x => texts.Select(y => (x, y))))
            {
                Assert.True(given.TryAdd(Of(template(x, y)), (x, y)), $"({x}, {y}) gives the key of {given.GetValueOrDefault(Of(template(x, y)))}");
            }
        }
    }

    [Fact]
    public void Different_values_never_give_the_same_key_and_the_same_always_do() =>
        Prop.ForAll(Values.ToArbitrary(), Values.ToArbitrary(), static (first, second) => s_templates.All(
            template => string.Equals(Of(template(first.X, first.Y)), Of(template(second.X, second.Y)), StringComparison.Ordinal) == (first == second)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void A_hole_never_reaches_into_a_longer_template() =>
        Prop.ForAll(Values.ToArbitrary(), Values.ToArbitrary(), static (one, two) =>
            !string.Equals(Of($"account:{one.X}"), Of($"account:{two.X}:{two.Y}"), StringComparison.Ordinal)
            && !string.Equals(Of($"account:{one.X}"), Of($"account:{two.X}:balance"), StringComparison.Ordinal))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Nulls_and_default_keys_are_refused_by_name()
    {
        Assert.Equal("key", Assert.Throws<ArgumentNullException>(() => Of(default)).ParamName);
        Assert.Equal("key", Assert.Throws<ArgumentNullException>(() => Of(null!)).ParamName);
        Assert.Equal("key", Assert.Throws<ArgumentNullException>(() => Of((string)null!)).ParamName);
        Assert.Equal("", default(CacheKey).ToString());
    }

    [Fact]
    public async Task A_key_is_made_before_the_call_and_outlives_copies_and_awaits()
    {
        CacheKey key = $"a:{await LaterAsync("x:y")}:{Of($"inner:{"1"}")}:{await LaterAsync("z")}";
        var copy = key;
        Assert.Equal("other:1", Of($"other:{1}"));
        Assert.Equal(await KeyOfAsync(key), await KeyOfAsync(copy));
        Assert.Same(key.ToString(), copy.ToString());
        Assert.Equal("a:x%3Ay:inner%3A1:z", key.ToString());
        Assert.Equal("b:2", await KeyOfAsync($"b:{2}"));

        static async Task<string> LaterAsync(string text)
        {
            await Task.Yield();
            return text;
        }

        static async Task<string> KeyOfAsync(CacheKey key)
        {
            await Task.Yield();
            return key.Required();
        }
    }

    [Fact]
    public void A_key_made_within_a_hole_of_another_and_a_hole_that_throws_spoil_nothing()
    {
        Assert.Equal("a:b%3A1:b", Of($"a:{Of($"b:{1}")}:{Of($"{'b'}")}"));
        Assert.Throws<FormatException>(() => Of($"a:{"text"}:{1:Q}"));
        Assert.Throws<InvalidDataException>(() => Of($"a:{"text"}:{Fail()}"));
        Assert.Equal("b:1", Of($"b:{1}"));

        static string Fail() => throw new InvalidDataException();
    }

    [Fact]
    public void A_value_without_a_text_of_its_own_does_not_compile()
    {
        var refused = typeof(CacheKey).GetMethods().Where(static method => method.GetParameters() is [{ ParameterType: var type }, ..] && type == typeof(object)
            && string.Equals(method.Name, "AppendFormatted", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, refused.Length);
        Assert.All(refused, static method => Assert.True(method.GetCustomAttribute<ObsoleteAttribute>()!.IsError));
    }

    [Fact]
    public void Beside_an_overload_that_takes_a_string_only_what_is_interpolated_becomes_a_key()
    {
        var id = "1:2";
        Assert.Equal("string 1:2", Overloaded.Which("1:2"));
        Assert.Equal("string 1:2", Overloaded.Which(id));
        Assert.Equal("key a:1%3A2", Overloaded.Which($"a:{id}"));
        Assert.Equal("key 1%3A2", Overloaded.Which($"{id}"));
    }

    [Fact]
    public void It_allocates_no_more_than_the_string()
    {
        var (text, number, level, at) = ("customer-17", 4711, StorageLevel.Session, new DateOnly(2030, 1, 2));
        AssertSame(() => Of($"account:{text}:{number}"), () => string.Create(CultureInfo.InvariantCulture, $"account:{text}:{number}"));
        AssertSame(() => Of($"{text}{s_guid}:{level}"), () => string.Create(CultureInfo.InvariantCulture, $"{text}|{s_guid}:{level}"));
        AssertSame(() => Of($"{at}-{number:X8}:{(int?)number}"), () => string.Create(CultureInfo.InvariantCulture, $"{at:yyyy}%2D{at:MM}%2D{at:dd}-{number:X8}:{(int?)number}"));
        AssertSame(() => Of($"page:{"/a/b"}"), () => string.Create(CultureInfo.InvariantCulture, $"page:{"%2Fa%2Fb"}"));
        Assert.Equal(0, Allocated(() => Of($"{text}")));
        Assert.Equal(0, Allocated(() => Of($"literal")));
        Assert.Equal(0, Allocated(() => Of(text)));

        static void AssertSame(Func<string> key, Func<string> plain)
        {
            Assert.Equal(plain(), key());
            Assert.InRange(Allocated(key), 1, Allocated(plain));
        }

        static long Allocated(Func<string> make)
        {
            long before = 0;
            for (var i = 0; i < 2_000; i++)
            {
                before = i == 1_000 ? GC.GetAllocatedBytesForCurrentThread() : before;
                make();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / 1_000;
        }
    }

    private static Gen<string?> Texts => Gen.OneOf(
        Gen.Constant<string?>(null),
        Gen.Elements("", "-", ":", "%", "|", "0", "n", "%null", "%2D", "%u00E9", "\0", "é", "\ud83d\ude00", "\ud83d", "x").ListOf()
            .Select(static parts => (string?)string.Concat(parts.Take(5))),
        ArbMap.Default.GeneratorFor<string?>());

    private static Gen<Pair> Values =>
        from x in Texts
        from y in Texts
        select new Pair(x, y);

    private static string Of(CacheKey key) => key.Required();

    private static class Overloaded
    {
        public static string Which(string key) => "string " + key;

        public static string Which(CacheKey key) => "key " + key;
    }

    private sealed record Pair(string? X, string? Y);
}
