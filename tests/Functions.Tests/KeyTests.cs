using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Functions.Tests.Samples;
using ScopedCaching;
using ScopedCaching.Functions;

namespace Functions.Tests;

/// <summary>What keys are made of.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();
    private readonly Keys _keys;

    public KeyTests() => _keys = new Keys(_caches);

    public void Dispose() => _caches.Dispose();

    [Fact]
    public void Values_of_different_types_never_collide()
    {
        string[] keys =
        [
            Key(1), Key("1"), Key(true), Key(1.0), Key(1f), Key(1m), Key('1'), Key((Half)1), Key<string?>(null), Key(""), Key("_"), Key("i1;"), Key(Guid.Empty), Key(new DateOnly(1, 1, 2)),
            Key(new TimeOnly(1)), Key(new TimeSpan(1)), Key(new DateTime(1)), Key(new DateTimeOffset(1, TimeSpan.Zero)), Key("1"u8.ToArray()), Key<ICacheKeyPart>(new One("1")), Key<ICacheKeyPart>(new Two("1")),
            Sequence(1), Sequence<int>(), Sequence("1"), Key(Array.Empty<byte>()),
        ];

        Assert.Equal(keys.Length, keys.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Equal_values_have_equal_keys()
    {
        Assert.Equal(Key(1.0m), Key(1.00m));
        Assert.Equal(Key(0.0), Key(-0.0));
        Assert.Equal("m79228162514264337593543950335;", Key(79228162514264337593543950335m));
        Assert.Equal(Key(1), Key(1L));
        Assert.Equal(Key(DayOfWeek.Friday), Key(5));
    }

    [Fact]
    public void Times_that_know_their_zone_normalise_to_utc()
    {
        var utc = new DateTime(2030, 1, 1, 12, 0, 0, DateTimeKind.Utc);
        Assert.Equal(Key(utc), Key(new DateTimeOffset(utc).ToOffset(TimeSpan.FromHours(5))));
        Assert.NotEqual(Key(utc), Key(DateTime.SpecifyKind(utc, DateTimeKind.Unspecified)));

        // Wherever the machine stands.
        var before = Environment.GetEnvironmentVariable("TZ");
        try
        {
            Environment.SetEnvironmentVariable("TZ", "Asia/Tokyo");
            TimeZoneInfo.ClearCachedData();
            Assert.Equal(Key(utc), Key(utc.ToLocalTime()));
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Fact]
    public void Order_counts_in_lists_and_not_in_sets_and_dictionaries()
    {
        Assert.NotEqual(Sequence(1, 2), Sequence(2, 1));
        Assert.Equal(Set(1, 2, 3), Set(3, 1, 2));
        Assert.NotEqual(Set(1, 2), Sequence(1, 2));
        Assert.Equal(Dictionary(("a", 1), ("b", 2)), Dictionary(("b", 2), ("a", 1)));
        Assert.NotEqual(Dictionary(("a", 1), ("b", 2)), Dictionary(("a", 2), ("b", 1)));
    }

    [Fact]
    public void Nothing_depends_on_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberDecimalSeparator) = ("minus", ",");
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.Equal("i-1;", Key(-1));
            Assert.Equal("d-1.5;", Key(-1.5));
            Assert.Equal("m-1.5;", Key(-1.5m));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Different_lists_of_texts_never_share_a_key() =>
        Prop.ForAll(Texts, Texts, static (a, b) => string.Equals(Sequence(a), Sequence(b), StringComparison.Ordinal) == a.AsSpan().SequenceEqual(b))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Texts_cannot_reach_into_their_neighbours() =>
        Prop.ForAll(Texts, static texts => !string.Equals(Sequence(texts), Sequence(string.Concat(texts)), StringComparison.Ordinal) || texts.Length == 1)
            .Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_key_stays_short_whatever_the_arguments_and_the_same()
    {
        string[] many = [.. Enumerable.Range(0, 10_000).Select(static i => $"item {i}")];
        var key = _keys.OfCache.KeyFor(many, [1]);

        Assert.InRange(key.Length, 10, 256);
        Assert.StartsWith("list:#", key, StringComparison.Ordinal);
        Assert.Equal(key, _keys.OfCache.KeyFor([.. many], [1]));
        Assert.NotEqual(key, _keys.OfCache.KeyFor(many, [2]));
        Assert.Equal("list:[s1:a]{i1;i2;}", _keys.OfCache.KeyFor(["a"], [2, 1]));
    }

    [Fact]
    public void A_key_can_be_a_text_a_template_or_a_method()
    {
        Assert.Equal("rates", _keys.TextCache.KeyFor());
        Assert.Equal("v1/profile:s3:ana:i2;", _keys.TemplateCache.KeyFor(new User("ana"), 2));
        Assert.Equal("own:ana", _keys.MethodCache.KeyFor(new User("ana")));
        Assert.Equal(_keys.Template(new User("ana"), 2, "x"), _keys.Template(new User("ana"), 2, "y"));
        Assert.Equal(_keys.Method(new User("ana"), "x"), _keys.Method(new User("ana"), "y"));
        Assert.NotEqual(_keys.Template(new User("ana"), 2, "x"), _keys.Template(new User("ana"), 3, "x"));
    }

    [Fact]
    public void Without_a_choice_of_its_own_a_key_is_name_and_arguments() =>
        Assert.Matches("^ProfileHandler.AddAsync~[0-9a-f]{16}:i1;i10;$", new ProfileHandler(_caches).AddCache.KeyFor(1));

    [Fact]
    public void A_type_that_cannot_stand_in_a_key_is_refused_where_only_the_run_time_knows_it()
    {
        var error = Assert.Throws<NotSupportedException>(() => Key(new User("ana")));
        Assert.Contains("ICacheKeyPart", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_arguments_cost_one_string()
    {
        Build(1, "two", true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var key = Build(1, "two", true);
        var cost = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal("Some.Function:i1;s3:twob1", key);
        Assert.InRange(cost, 1, 24 + (2 * key.Length) + 8);
    }

    private static Arbitrary<string[]> Texts => Gen.ArrayOf(Gen.OneOf(Gen.Elements("", "_", "]", "s1:a", "1:", "a", "s0:"), ArbMap.Default.GeneratorFor<string>().Where(static text => text is not null))).ToArbitrary();

    private static string Build(int number, string text, bool flag)
    {
        var key = new FunctionKey(stackalloc char[FunctionKey.StackLength]);
        key.Text("Some.Function:");
        key.Add((long)number);
        key.Add(text);
        key.Add(flag);
        return key.Build();
    }

    private static string Key<T>(T part)
    {
        var key = new FunctionKey(stackalloc char[4]);
        key.AddAny(part);
        return key.Build();
    }

    private static string Sequence<T>(params T[] parts)
    {
        var key = new FunctionKey(stackalloc char[4]);
        key.AddSequence(parts, static (ref FunctionKey k, T part) => k.AddAny(part));
        return key.Build();
    }

    private static string Set<T>(params T[] parts)
    {
        var key = new FunctionKey(stackalloc char[4]);
        key.AddSet(parts, static (ref FunctionKey k, T part) => k.AddAny(part));
        return key.Build();
    }

    private static string Dictionary(params (string Key, int Value)[] pairs)
    {
        var key = new FunctionKey(stackalloc char[4]);
        key.AddDictionary(pairs.Select(static pair => KeyValuePair.Create(pair.Key, pair.Value)), static (ref FunctionKey k, KeyValuePair<string, int> pair) =>
        {
            k.Add(pair.Key);
            k.Add((long)pair.Value);
        });
        return key.Build();
    }

    private sealed record One(string CacheKeyPart) : ICacheKeyPart;

    private sealed record Two(string CacheKeyPart) : ICacheKeyPart;
}
