using FsCheck;
using FsCheck.Fluent;

namespace Provider.Tests.Contract;

/// <summary>Generators of well-formed commands over few keys, so that they meet.</summary>
internal static class RandomCommands
{
    private static readonly Gen<string> Key = Gen.Elements("a", "b", "c");

    // No value of blanks only: asked to count one, memcached reads on into the memory behind it.
    private static readonly Gen<string> Value = Gen.Elements("", "x", "7", "99", "18446744073709551615", "hello", "12 34", "x\r\n", "mn\r\n");
    private static readonly Gen<string> ReadFlag = Gen.Elements("v", "k", "s", "t", "c", "f", "h", "q", "u", "O12", "N30", "R30", "T60", "T0", "N0");
    private static readonly Gen<string> StoreFlag = Gen.Elements("k", "c", "q", "O7", "F5", "T20", "T60", "I", "C1", "MA", "MP", "ME", "MR", "MS");
    private static readonly Gen<string> DeleteFlag = Gen.Elements("k", "q", "O9", "I", "T30", "C1");
    private static readonly Gen<string> CountFlag = Gen.Elements("k", "v", "t", "c", "q", "O3", "N30", "J5", "D2", "D100", "MD", "MI", "T60", "C1");
    private static readonly Gen<string> StoreName = Gen.Elements("set", "add", "replace", "append", "prepend");

    private static readonly Gen<string> Command = Gen.OneOf(
        from key in Key from flags in FlagsOf(ReadFlag) select $"mg {key}{flags}\r\n",
        from key in Key from value in Value from flags in FlagsOf(StoreFlag) select $"ms {key} {value.Length}{flags}\r\n{value}\r\n",
        from key in Key from flags in FlagsOf(DeleteFlag) select $"md {key}{flags}\r\n",
        from key in Key from flags in FlagsOf(CountFlag) select $"ma {key}{flags}\r\n",
        from key in Key select $"me {key}\r\n",
        from name in StoreName from key in Key from flags in Gen.Choose(0, 2) from value in Value select Store(name, key, flags, 0, value),
        from key in Key from seconds in Gen.Elements(0, 10, 60) select $"touch {key} {seconds}\r\n",
        from first in Key from second in Key select $"gets {first} {second}\r\n",
        from key in Key from seconds in Gen.Elements(0, 10, 60) select $"gat {seconds} {key}\r\n",
        from name in Gen.Elements("incr", "decr") from key in Key from delta in Gen.Choose(0, 200) select $"{name} {key} {delta}\r\n",
        from key in Key select $"delete {key}\r\n",
        Gen.Constant("flush_all\r\n"));

    /// <summary>Sequences of any of the commands.</summary>
    public static Arbitrary<string[]> Sequences { get; } = Command.ArrayOf(40).ToArbitrary();

    private static Gen<string> FlagsOf(Gen<string> flag) =>
        from flags in flag.ArrayOf()
        select string.Concat(flags.DistinctBy(one => one[0]).Select(one => " " + one));

    private static string Store(string name, string key, int flags, int expiry, string value) =>
        $"{name} {key} {flags} {expiry} {value.Length}\r\n{value}\r\n";
}
