using System.Text.Json;
using System.Text.Json.Serialization;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>What is read is what was stored, or it was not stored.</summary>
public sealed class JsonLossTests : IDisposable
{
    private static readonly EntryAddress s_address = Process.Scope.Entry("k");
    private readonly Process _process = new();

    public void Dispose() => _process.Dispose();

    [Fact]
    public void Tuples()
    {
        Same((7, "x"));
        Same<(int, string)?>((7, "x"));
        Same(((1, "a"), (2, (3.5m, "b"))));
        Same((1, 2, 3, 4, 5, 6, 7, "eight", 9, 10, 11, 12, 13, 14, 15, "sixteen"));
        Same(Tuple.Create(7, "x"));
        Same(KeyValuePair.Create(7, "x"));
        Assert.Equal([(1, "a"), (2, "b")], Through<List<(int, string)>>([(1, "a"), (2, "b")]));
        Assert.Equal((1, 2), Through(new Dictionary<string, (int, int)>(StringComparer.Ordinal) { ["a"] = (1, 2) })!["a"]);
    }

    [Fact]
    public void Public_fields()
    {
        var read = Through(new Fields { Count = 3, Name = "a" })!;
        Assert.Equal((3, "a"), (read.Count, read.Name));
        Assert.Equal(4, Through(new Noted("a") { Note = 4 })!.Note);
    }

    [Fact]
    public void Records()
    {
        Same(new Noted("a"));
        Same(new Pair(1, "a"));
        Same(new ReadOnlyPair(1, "a"));
    }

    [Fact]
    public void A_readonly_field_that_the_constructor_sets()
    {
        Assert.Equal(3, Through(new SetByConstructor(3))!.Count);
        Assert.Equal(0, Through(new NotWritten(3))!.Count);
    }

    [Fact]
    public void A_readonly_field_that_nothing_sets_is_refused_wherever_it_stands()
    {
        Assert.Contains("'Count' is readonly", Refused(new SetByNothing(3)), StringComparison.Ordinal);
        Assert.Contains(nameof(SetByNothing), Refused<SetByNothing[]>([new(3)]), StringComparison.Ordinal);
        Refused((1, new SetByNothing(3)));
    }

    [Fact]
    public void A_value_that_is_more_than_the_type_it_is_stored_as_is_refused()
    {
        var message = Refused<Animal>(new Dog { Name = "geheim", Tricks = 3 });
        Assert.Contains(typeof(Dog).ToString(), message, StringComparison.Ordinal);
        Assert.Contains(typeof(Animal).ToString(), message, StringComparison.Ordinal);
        Assert.Contains("[JsonDerivedType]", message, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", message, StringComparison.Ordinal);
        Refused<INamed>(new Dog());
        Refused<Shape>(new Square());
        Assert.Equal(3, Through(new Dog { Tricks = 3 })!.Tricks);
        Assert.Equal("a", Through(new Animal { Name = "a" })!.Name);
    }

    [Fact]
    public void A_derived_type_that_is_declared_comes_back_as_itself()
    {
        Assert.Equal(2, Assert.IsType<Car>(Through<Vehicle>(new Car { Wheels = 1, Doors = 2 })).Doors);
        Refused<Vehicle>(new Sledge());
        Refused<Vehicle>(new Truck { Load = 3 });
    }

    [Fact]
    public void What_has_a_converter_is_its_business()
    {
        Assert.Equal(5, Assert.IsType<Metre>(Through<Length>(new Metre { Value = 5 })).Value);
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { Converters = { new StreamConverter() } } });
        using var stream = new MemoryStream([1, 2]);
        process.Open<Stream>(s_address, process.Seal<Stream>(s_address, stream), out var read);
        Assert.Equal([1, 2], Assert.IsType<MemoryStream>(read).ToArray());
    }

    [Fact]
    public void Collections_and_objects_are_stored_by_what_is_in_them()
    {
        Assert.Equal([1, 2], Through<IReadOnlyList<int>>(new List<int> { 1, 2 }));
        Assert.Equal([2, 4], Through(new[] { 1, 2, 3, 4 }.Where(static x => x % 2 == 0)));
        Assert.Equal([1], Through<ISet<int>>(new SortedSet<int> { 1 })!);
        Assert.Equal(1, Through<IReadOnlyDictionary<string, int>>(new SortedDictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 })!["a"]);
        Assert.Equal(5, Assert.IsType<JsonElement>(Through<object>(5)).GetInt32());
        Assert.Equal("a", Assert.IsType<JsonElement>(Through<object>(new Noted("a"))).GetProperty("name").GetString());
    }

    [Fact]
    public void A_stream_is_refused()
    {
        using var stream = new MemoryStream([1, 2]);
        Assert.All(
            [Refused<Stream>(stream), Refused(stream), Refused<object>(stream), Refused<IDisposable>(stream)],
            static message => Assert.Contains("store its bytes", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_of_the_application_are_taken_as_they_are()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions() });
        process.Open<Fields>(s_address, process.Seal(s_address, new Fields { Count = 3, Name = "a" }), out var read);
        Assert.Equal((0, "a"), (read!.Count, read.Name));
        Assert.Throws<NotSupportedException>(() => process.Seal<Animal>(s_address, new Dog()));
    }

    [Fact]
    public void An_interface_that_the_applications_resolver_makes_is_stored()
    {
        using var process = new Process(options: new MemcachedOptions { Json = new JsonSerializerOptions { TypeInfoResolver = new Making() } });
        process.Open<INamed>(s_address, process.Seal<INamed>(s_address, new Dog { Name = "a" }), out var read);
        Assert.Equal("a", read!.Name);
    }

    private void Same<T>(T value) => Assert.Equal(value, Through(value));

    private T? Through<T>(T value)
    {
        _process.Open<T>(s_address, _process.Seal(s_address, value), out var read);
        return read;
    }

    private string Refused<T>(T value) => Assert.Throws<NotSupportedException>(() => _process.Seal(s_address, value)).Message;

    internal sealed class Fields
    {
        public int Count;

        public string? Name { get; set; }
    }

    internal sealed record Noted(string Name)
    {
        public int Note;
    }

    internal sealed record Pair(int Number, string Text);

    internal readonly record struct ReadOnlyPair(int Number, string Text);

    internal sealed class SetByConstructor(int count)
    {
        public readonly int Count = count;
    }

    internal struct SetByNothing(int count)
    {
        public readonly int Count = count;
    }

    internal struct NotWritten(int count)
    {
        [JsonIgnore]
        public readonly int Count = count;
    }

    internal interface INamed
    {
        string? Name { get; set; }
    }

    internal class Animal : INamed
    {
        public string? Name { get; set; }
    }

    internal sealed class Dog : Animal
    {
        public int Tricks { get; set; }
    }

    internal abstract class Shape;

    internal sealed class Square : Shape;

    [JsonDerivedType(typeof(Car), "car")]
    [JsonDerivedType(typeof(Truck))]
    internal class Vehicle
    {
        public int Wheels { get; set; }
    }

    internal sealed class Car : Vehicle
    {
        public int Doors { get; set; }
    }

    internal sealed class Truck : Vehicle
    {
        public int Load { get; set; }
    }

    internal sealed class Sledge : Vehicle;

    [JsonConverter(typeof(LengthConverter))]
    internal abstract class Length
    {
        public int Value { get; set; }
    }

    internal sealed class Metre : Length;

    internal sealed class LengthConverter : JsonConverter<Length>
    {
        public override Length Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new Metre { Value = reader.GetInt32() };

        public override void Write(Utf8JsonWriter writer, Length value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    private sealed class StreamConverter : JsonConverter<Stream>
    {
        public override Stream Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new MemoryStream(reader.GetBytesFromBase64());

        public override void Write(Utf8JsonWriter writer, Stream value, JsonSerializerOptions options) => writer.WriteBase64StringValue(((MemoryStream)value).ToArray());
    }

    private sealed class Making : System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver
    {
        public Making() => Modifiers.Add(static type =>
        {
            if (type.Type == typeof(INamed))
            {
                type.CreateObject = static () => new Animal();
            }
        });
    }
}
