using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Drawing;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using ScopedCaching.Memcached;

namespace Provider.Tests.Envelope;

/// <summary>Which types come back with all of their state, and which are refused because they would not: by reflection, and by a context of the application's.</summary>
public sealed partial class JsonStateTests : IDisposable
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");
    private static readonly JsonSerializerOptions s_plain = new(JsonSerializerDefaults.Web) { IncludeFields = true };
    private readonly Process _reflection = new();
    private readonly Process _generated = new(options: new MemcachedOptions { Json = Generated.Default.Options });

    /// <summary>Values whose second storing must give the bytes of the first: nothing was lost on the way.</summary>
    public static TheoryData<string, Action<JsonStateTests>> Kept => new()
    {
        { "positional record", static t => t.Same(new Positional(1, "a")) },
        { "record with more than its parameters", static t => t.Same(new Positional(1, "a") { Note = "n" }) },
        { "record struct", static t => t.Same(new PositionalStruct(1, "a")) },
        { "init-only", static t => t.Same(new InitOnly { Name = "a" }) },
        { "required", static t => t.Same(new Required { Name = "a", Age = 3 }) },
        { "constructor's parameters", static t => t.Same(new ByParameter("a", 3)) },
        { "struct with [JsonConstructor]", static t => t.Same(new Amount(3)) },
        { "private setter with [JsonInclude]", static t => t.Same(Included.Named("a")) },
        { "private setter with a parameter", static t => t.Same(new PrivateByParameter("a")) },
        { "entity", static t => t.Same(new Entity { Id = 1, Owner = new Owner { Name = "o" }, Lines = [new Line { Text = "a" }] }) },
        { "computed properties", static t => t.Same(new Computed { First = "a", Last = "b" }) },
        { "computed once", static t => t.Same(new ComputedOnce { First = "a" }) },
        { "computed override of an abstract base", static t => t.Same<Payment>(new Cash()) },
        { "abstract base with a get-only property", static t => t.Same<Payment>(new Card("n")) },
        { "ignored get-only", static t => t.Same(new Ignoring(3) { Other = 1 }) },
        { "null of a lossy type", static t => t.Same(new MayHold { Name = "a" }) },
        { "collection filled", static t => t.Same(new Filled { Items = { "a" }, Map = { ["a"] = 1 } }) },
        { "extension data", static t => t.Same(new Extended { A = 1, More = new(StringComparer.Ordinal) { ["q"] = JsonSerializer.SerializeToElement(3) } }) },
        { "converter of the type", static t => t.Same(new Converted(3)) },
        { "converter of the property", static t => t.Same(new HoldsConverted { Name = "a" }) },
        { "serializing callback", static t => t.Same(new Called { Name = "a" }) },
        { "nested generic", static t => t.Same(new Box<Box<Positional>> { Content = new() { Content = new(1, "a") } }) },
        { "recursive", static t => t.Same(new Node { Next = new Node { Name = "b" } }) },
        { "nullable", static t => t.Same<PositionalStruct?>(new PositionalStruct(1, "a")) },
        { "anonymous", static t => t.Same(new { A = 1, B = "b" }) },
        { "value tuple", static t => t.Same((1, "a", new Positional(1, "a"))) },
        { "tuple", static t => t.Same(Tuple.Create(1, "a")) },
        { "key and value", static t => t.Same(KeyValuePair.Create(1, new Positional(1, "a"))) },
        { "list", static t => t.Same<List<Owner>>([new Owner { Name = "a" }]) },
        { "read-only list", static t => t.Same<IReadOnlyList<Owner>>([new Owner { Name = "a" }]) },
        { "dictionary", static t => t.Same(new Dictionary<string, Owner>(StringComparer.Ordinal) { ["a"] = new() { Name = "a" } }) },
        { "dictionary of anything", static t => t.Same(new Dictionary<string, object>(StringComparer.Ordinal) { ["a"] = new Owner(), ["b"] = 3, ["c"] = new[] { 1 } }) },
        { "collection of its own", static t => t.Same(new Names { "a" }) },
        { "collection with what is computed", static t => t.Same(new Counted { "a" }) },
        { "collections of the platform", static t => t.Same((new List<int> { 1 }, new SortedList<string, int>(StringComparer.Ordinal) { ["a"] = 1 }, new LinkedList<int>([1]), new ConcurrentDictionary<int, int> { [1] = 2 })) },
        { "immutable and observable", static t => t.Same((ImmutableArray.Create(1), ImmutableDictionary<string, int>.Empty.Add("a", 1), new ObservableCollection<int> { 1 }, new Queue<int>([1]))) },
        { "array", static t => t.Same<int[][]>([[1], [2]]) },
        { "set", static t => t.Same<ISet<int>>(new SortedSet<int> { 2, 1 }) },
        { "base value of a polymorphic type", static t => t.Same(new Vehicle { Wheels = 4 }) },
        { "declared derived types, mixed", static t => t.Same<Vehicle[]>([new Vehicle(), new Car { Doors = 3 }]) },
        { "declared derived types of an interface", static t => t.Same(new HoldsShape { Shape = new Round { Radius = 3 } }) },
        { "vector", static t => t.Same(new Vector3(1, 2, 3)) },
        { "uri", static t => t.Same(new Uri("http://example.org/a?b")) },
        { "version", static t => t.Same(new Version(1, 2)) },
        { "times", static t => t.Same((new DateOnly(2026, 1, 2), new TimeOnly(3, 4), TimeSpan.FromHours(3), DateTimeOffset.UnixEpoch, Guid.Empty)) },
        { "json", static t => t.Same<JsonNode>(new JsonObject { ["a"] = 1 }) },
        { "problem", static t => t.Same(new ProblemDetails { Title = "a", Extensions = { ["q"] = 3 } }) },
        { "validation problem", static t => t.Same(new ValidationProblemDetails { Title = "a", Errors = { ["q"] = ["r"] } }) },
    };

    /// <summary>Values of which something would be lost, and what the message names.</summary>
    public static TheoryData<string, Action<JsonStateTests>> Lost => new()
    {
        { "get-only", static t => t.Refused(new GetOnly("a"), "'Name'", "[JsonIgnore]") },
        { "private setter", static t => t.Refused(PrivateSetter.Named("a"), "'Name'", "[JsonInclude]") },
        { "protected setter of a base, written out", static t => t.Refused(new Deeper("a") { More = 1 }, "'Name'", "[JsonInclude]") },
        { "struct without [JsonConstructor]", static t => t.Refused(new Price(3), "'Amount'", "[JsonConstructor]") },
        { "get-only collection", static t => t.Refused(new Order { Lines = { "geheim" } }, "'Lines'", "Populate") },
        { "get-only extension data", static t => t.Refused(new GetOnlyExtended { More = { ["geheim"] = JsonSerializer.SerializeToElement(3) } }, "'More'", "public setter") },
        { "collection with state of its own", static t => t.Refused(new Paged { "geheim" }, "'Total'", "elements") },
        { "collection with state of its own in a member", static t => t.Refused(new Box<Paged> { Content = new Paged() }, "'Total'", "elements") },
        { "in a member", static t => t.Refused(new MayHold { Lossy = new GetOnly("geheim") }, nameof(GetOnly), "'Name'") },
        { "in a list", static t => t.Refused<GetOnly[]>([new("geheim")], nameof(GetOnly), "'Name'") },
        { "in a dictionary", static t => t.Refused(new Dictionary<string, Price>(StringComparer.Ordinal) { ["geheim"] = new(3) }, nameof(Price), "'Amount'") },
        { "in a tuple", static t => t.Refused((1, new Price(3)), nameof(Price), "'Amount'") },
        { "computed structure", static t => t.Refused(new BigInteger(5), nameof(BigInteger), "converter") },
        { "computed structure in a member", static t => t.Refused(new Box<Color> { Content = Color.Red }, nameof(Color), "converter") },
        { "derived in a member", static t => t.Refused(new Entity { Owner = new Company { Name = "geheim", Number = 3 } }, nameof(Company), "[JsonDerivedType]") },
        { "derived in a list", static t => t.Refused<List<Owner>>([new Owner(), new Company { Name = "geheim" }], nameof(Company), "[JsonDerivedType]") },
        { "derived in a dictionary", static t => t.Refused(new Dictionary<string, Owner>(StringComparer.Ordinal) { ["geheim"] = new Company() }, nameof(Company), "[JsonDerivedType]") },
        { "derived in a sealed holder", static t => t.Refused(new Box<Owner> { Content = new Company() }, nameof(Company), "[JsonDerivedType]") },
        { "derived, with a callback", static t => t.Refused<Called>(new CalledMore(), nameof(CalledMore), "[JsonDerivedType]") },
        { "behind an interface", static t => t.Refused(new HoldsNamed { Named = new Owner { Name = "geheim" } }, nameof(Owner), "[JsonDerivedType]") },
        { "stream in a member", static t => t.Refused(new Box<Stream> { Content = new MemoryStream() }, "stream", "store its bytes") },
        { "derived that is not declared", static t => t.Refused<Vehicle[]>([new Sledge()], nameof(Sledge), "[JsonDerivedType]") },
        { "derived of a declared one", static t => t.Refused<Vehicle[]>([new SportsCar()], nameof(SportsCar), "[JsonDerivedType]") },
        { "derived without a discriminator", static t => t.Refused<Vehicle[]>([new Truck { Load = 3 }], nameof(Truck), "discriminator") },
        { "derived without a discriminator, the only one", static t => t.Refused<Animal[]>([new Cat()], nameof(Cat), "discriminator") },
        { "behind an interface that knows others", static t => t.Refused(new HoldsShape { Shape = new Square() }, nameof(Square), "[JsonDerivedType]") },
    };

    public void Dispose()
    {
        _reflection.Dispose();
        _generated.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kept), DisableDiscoveryEnumeration = true)]
    public void What_is_kept(string what, Action<JsonStateTests> check)
    {
        Assert.NotEmpty(what);
        check(this);
    }

    [Theory]
    [MemberData(nameof(Lost), DisableDiscoveryEnumeration = true)]
    public void What_is_refused(string what, Action<JsonStateTests> check)
    {
        Assert.NotEmpty(what);
        check(this);
    }

    [Fact]
    public void A_callback_is_still_called()
    {
        Assert.Equal(1, Through(_reflection, new Called())!.Times);
        Assert.Equal(1, Through(_generated, new Called())!.Times);
    }

    [Fact]
    public void A_tuple_is_refused_by_options_that_would_store_none_of_it()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions() });
        Assert.Contains("IncludeFields", Assert.Throws<NotSupportedException>(() => process.Seal(s_address, (1, "a"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_leave_out_read_only_members_say_that_they_need_not_be_stored()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { IgnoreReadOnlyProperties = true } });
        Assert.Equal(3, Through(process, new Order { Number = 3, Lines = { "a" } })!.Number);
    }

    [Fact]
    public void Options_that_fill_keep_what_can_be_filled()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate } });
        Assert.Equal(["a"], Through(process, new Order { Lines = { "a" } })!.Lines);
        Assert.Throws<NotSupportedException>(() => process.Seal(s_address, PrivateSetter.Named("a")));
        Assert.Throws<NotSupportedException>(() => process.Seal(s_address, new OrderOf(3)));
    }

    [Fact]
    public void Options_that_store_others_as_their_base_say_so()
    {
        Assert.Equal(3, Assert.IsType<Plant>(Through<Plant>(_reflection, new Tree { Height = 3 })).Height);
    }

    [Fact]
    public void Options_of_the_application_are_left_alone()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        using var process = new Process(options: new MemcachedOptions { Json = options });
        Assert.Throws<NotSupportedException>(() => process.Seal(s_address, new GetOnly("a")));
        Assert.Equal("""{"Name":"a"}""", JsonSerializer.Serialize(new GetOnly("a"), options));
    }

    /// <summary>A generated context writes what cannot be lost by its generated code, which needs no memory of its own.</summary>
    [Fact]
    public void What_is_sealed_is_written_by_generated_code()
    {
        var value = new Written { Name = "a", Lines = [new() { Text = "b" }] };
        using var buffer = new ScopedCaching.Memcached.Buffers.PooledBuffer();
        long before = 0;
        for (var i = 0; i < 20; i++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            buffer.Clear();
            _generated.Codec.Seal(s_address, value, default, Process.Plain, buffer);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100);
    }

    private static T? Through<T>(Process process, T value)
    {
        process.Open<T>(s_address, process.Seal(s_address, value), out var read);
        return read;
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, s_plain);

    private IEnumerable<Process> Processes<T>() => Generated.Default.GetTypeInfo(typeof(T)) is null ? [_reflection] : [_reflection, _generated];

    private void Same<T>(T value)
    {
        var expected = Json(value);
        foreach (var process in Processes<T>())
        {
            var read = Through(process, value);
            Assert.NotNull(read);
            Assert.Equal(expected, Json(read));
        }
    }

    private void Refused<T>(T value, params string[] parts)
    {
        foreach (var process in Processes<T>())
        {
            for (var i = 0; i < 2; i++)
            {
                var message = Assert.Throws<NotSupportedException>(() => process.Seal(s_address, value)).Message;
                Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
                Assert.DoesNotContain("geheim", message, StringComparison.Ordinal);
            }
        }
    }
}
