using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Provider.Tests.Envelope;

/// <content>The values.</content>
[SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "As applications write them; what is sealed is looked at less.")]
public sealed partial class JsonStateTests
{
    internal interface INamed
    {
        string? Name { get; }
    }

    [JsonDerivedType(typeof(Round), "round")]
    internal interface IShape
    {
        double Area { get; }
    }

    internal readonly record struct PositionalStruct(int Number, string Text);

    [method: JsonConstructor]
    internal readonly struct Amount(decimal value)
    {
        public decimal Value { get; } = value;
    }

    internal readonly struct Price(decimal amount)
    {
        public decimal Amount { get; } = amount;
    }

    [JsonSerializable(typeof(Positional))]
    [JsonSerializable(typeof(PositionalStruct))]
    [JsonSerializable(typeof(InitOnly))]
    [JsonSerializable(typeof(Required))]
    [JsonSerializable(typeof(ByParameter))]
    [JsonSerializable(typeof(Amount))]
    [JsonSerializable(typeof(PrivateByParameter))]
    [JsonSerializable(typeof(Entity))]
    [JsonSerializable(typeof(Computed))]
    [JsonSerializable(typeof(ComputedOnce))]
    [JsonSerializable(typeof(Payment))]
    [JsonSerializable(typeof(Ignoring))]
    [JsonSerializable(typeof(MayHold))]
    [JsonSerializable(typeof(Filled))]
    [JsonSerializable(typeof(Extended))]
    [JsonSerializable(typeof(GetOnlyExtended))]
    [JsonSerializable(typeof(Paged))]
    [JsonSerializable(typeof(Counted))]
    [JsonSerializable(typeof(Called))]
    [JsonSerializable(typeof(Node))]
    [JsonSerializable(typeof(List<Owner>))]
    [JsonSerializable(typeof(Dictionary<string, Owner>))]
    [JsonSerializable(typeof(Vehicle))]
    [JsonSerializable(typeof(Vehicle[]))]
    [JsonSerializable(typeof(Animal[]))]
    [JsonSerializable(typeof(HoldsShape))]
    [JsonSerializable(typeof(GetOnly))]
    [JsonSerializable(typeof(GetOnly[]))]
    [JsonSerializable(typeof(PrivateSetter))]
    [JsonSerializable(typeof(Deeper))]
    [JsonSerializable(typeof(Price))]
    [JsonSerializable(typeof(Dictionary<string, Price>))]
    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Box<Owner>))]
    [JsonSerializable(typeof(HoldsNamed))]
    [JsonSerializable(typeof(Written))]
    internal sealed partial class Generated : JsonSerializerContext;

    internal record Positional(int Number, string Text)
    {
        public string? Note { get; init; }
    }

    internal sealed class InitOnly
    {
        public string? Name { get; init; }
    }

    internal sealed class Required
    {
        public required string Name { get; init; }

        public required int Age { get; set; }
    }

    internal class ByParameter(string name, int age)
    {
        public string Name { get; } = name;

        public int Age => age;
    }

    internal class PrivateByParameter(string name)
    {
        public string Name { get; private set; } = name;
    }

    internal class Included
    {
        [JsonInclude]
        public string? Name { get; private set; }

        public static Included Named(string name) => new() { Name = name };
    }

    internal class Entity
    {
        public int Id { get; set; }

        public virtual Owner? Owner { get; set; }

        public virtual ICollection<Line> Lines { get; set; } = [];
    }

    internal class Owner : INamed
    {
        public string? Name { get; set; }
    }

    internal sealed class Company : Owner
    {
        public int Number { get; set; }
    }

    internal class Line
    {
        public string? Text { get; set; }
    }

    internal class Computed
    {
        public string? First { get; set; }

        public string? Last { get; set; }

        public string FullName => First + Last;

        public int Letters
        {
            get { return FullName.Length; }
        }
    }

    internal class ComputedOnce
    {
        public string? First { get; set; }

        public string Shouted => field ??= First + "!";
    }

    [JsonDerivedType(typeof(Cash), "cash")]
    [JsonDerivedType(typeof(Card), "card")]
    internal abstract class Payment(string kind)
    {
        public abstract bool Instant { get; }

        public string Kind { get; } = kind;
    }

    internal sealed class Cash(string kind = "cash") : Payment(kind)
    {
        public override bool Instant => true;
    }

    internal sealed class Card(string kind) : Payment(kind)
    {
        public override bool Instant => false;
    }

    internal class Ignoring(int count)
    {
        [JsonIgnore]
        public int Count { get; } = count;

        public int Other { get; set; }
    }

    internal class MayHold
    {
        public string? Name { get; set; }

        public GetOnly? Lossy { get; set; }

        public Stream? Body { get; set; }
    }

    internal class GetOnly
    {
        public GetOnly()
        {
        }

        public GetOnly(string name) => Name = name;

        public string? Name { get; }
    }

    internal class PrivateSetter
    {
        public string? Name { get; private set; }

        public static PrivateSetter Named(string name) => new() { Name = name };
    }

    internal class Deep
    {
        private string? _name;

        public string? Name
        {
            get => _name;
            protected set => _name = value?.Trim();
        }
    }

    internal sealed class Deeper : Deep
    {
        public Deeper()
        {
        }

        public Deeper(string name) => Name = name;

        public int More { get; set; }
    }

    internal class Order
    {
        public int Number { get; set; }

        public List<string> Lines { get; } = [];
    }

    internal class OrderOf(int number)
    {
        public int Number { get; } = number;

        public List<string> Lines { get; } = [];
    }

    internal class Filled
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<string> Items { get; } = [];

        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public Dictionary<string, int> Map { get; } = [];
    }

    internal class Extended
    {
        public int A { get; set; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? More { get; set; }
    }

    internal class GetOnlyExtended
    {
        [JsonExtensionData]
        public Dictionary<string, JsonElement> More { get; } = [];
    }

    [JsonConverter(typeof(ConvertedConverter))]
    internal class Converted(int value)
    {
        public int Value { get; } = value;
    }

    internal sealed class ConvertedConverter : JsonConverter<Converted>
    {
        public override Converted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, Converted value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    internal class HoldsConverted
    {
        [JsonConverter(typeof(GetOnlyConverter))]
        public GetOnly? Held { get; set; } = new("x");

        public string? Name { get; set; }
    }

    internal sealed class GetOnlyConverter : JsonConverter<GetOnly>
    {
        public override GetOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, GetOnly value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
    }

    internal class Called : IJsonOnSerializing
    {
        public string? Name { get; set; }

        public int Times { get; set; }

        public void OnSerializing() => Times = 1;
    }

    internal sealed class CalledMore : Called;

    internal sealed class Box<T>
    {
        public T? Content { get; set; }
    }

    internal class Node
    {
        public string? Name { get; set; }

        public Node? Next { get; set; }
    }

    internal sealed class Names : Collection<string>;

    internal class Counted : List<string>
    {
        public int Letters => this.Sum(static text => text.Length);

        [JsonIgnore]
        public int Seen { get; set; }
    }

    internal class Paged : List<string>
    {
        public int Total { get; set; }
    }

    [JsonDerivedType(typeof(Car), "car")]
    [JsonDerivedType(typeof(Truck))]
    internal class Vehicle
    {
        public int Wheels { get; set; }
    }

    internal class Car : Vehicle
    {
        public int Doors { get; set; }
    }

    internal sealed class SportsCar : Car;

    internal sealed class Truck : Vehicle
    {
        public int Load { get; set; }
    }

    internal sealed class Sledge : Vehicle;

    [JsonDerivedType(typeof(Cat))]
    internal class Animal
    {
        public int Legs { get; set; }
    }

    internal sealed class Cat : Animal;

    [JsonPolymorphic(UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType)]
    [JsonDerivedType(typeof(Flower), "flower")]
    internal class Plant
    {
        public int Height { get; set; }
    }

    internal sealed class Flower : Plant;

    internal sealed class Tree : Plant;

    internal sealed class Round : IShape
    {
        public double Radius { get; set; }

        public double Area => Radius * Radius * Math.PI;
    }

    internal sealed class Square : IShape
    {
        public double Area => 4;
    }

    internal class HoldsShape
    {
        public IShape? Shape { get; set; }
    }

    internal class HoldsNamed
    {
        public INamed? Named { get; set; }
    }

    internal sealed class Written
    {
        public string? Name { get; set; }

        public List<WrittenLine>? Lines { get; set; }
    }

    internal sealed class WrittenLine
    {
        public string? Text { get; set; }
    }
}
