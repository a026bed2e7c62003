using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using ScopedCaching.Memcached.Sealing;

namespace Provider.Tests;

public sealed class EntryAddressTests
{
    // What joins, ends, escapes or breaks keys elsewhere.
    private static readonly string[] s_pieces =
        ["", "a", "b", "ab", ":", "/", "|", ".", "_", " ", "\0", "\r\n", "\n", "\u001e", "%3A", "\\", "\"", "é", "e\u0301", "\ud83d\ude00", "\ud83d", "\ude00", "\ufffd", "A"];

    private static readonly Gen<string> s_text = Gen.Frequency(
        (6, from pieces in Gen.ArrayOf(Gen.Elements(s_pieces), 3) select string.Concat(pieces)),
        (1, Gen.Constant("")),
        (1, from piece in Gen.Elements(s_pieces.Skip(1)) from length in Gen.Choose(1000, 1024) select string.Concat(Enumerable.Repeat(piece, 1024))[..length]));

    private static readonly Gen<string[]> s_parts = Gen.ArrayOf(s_text, 6);

    [Fact]
    public void Two_addresses_have_the_same_canonical_bytes_only_when_all_parts_are_the_same() =>
        Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(3000),
            Prop.ForAll(
                (from one in s_parts from two in s_parts select (one, two)).ToArbitrary(),
                pair => AreTheSameExactlyWhenTheirPartsAre(pair.one, pair.two)));

    [Fact]
    public void Text_that_moves_from_one_part_to_the_next_makes_another_address() =>
        Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(3000),
            Prop.ForAll(
                (from parts in s_parts from at in Gen.Choose(0, 4) from count in Gen.Choose(1, 3) from back in ArbMap.Default.GeneratorFor<bool>() select (parts, at, count, back)).ToArbitrary(),
                moved => AreTheSameExactlyWhenTheirPartsAre(moved.parts, Move(moved.parts, moved.at, moved.count, moved.back))));

    [Fact]
    public void Two_different_addresses_never_share_a_key_on_the_server() =>
        Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(1000),
            Prop.ForAll(
                (from one in s_parts from two in s_parts select (one, two)).ToArbitrary(),
                pair => Of(pair.one).Wire().AsSpan().SequenceEqual(Of(pair.two).Wire()) == Of(pair.one).Equals(Of(pair.two))));

    [Fact]
    public void A_key_on_the_server_is_short_printable_and_holds_no_more_than_prefix_and_level() =>
        Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(1000),
            Prop.ForAll(s_parts.ToArbitrary(), parts =>
            {
                var key = Encoding.Latin1.GetString(Of(parts).Wire());
                var pieces = key.Split(':');
                return key.Length <= 200 && pieces.Length == 3 && pieces[2].Length == 43
                    && pieces.All(piece => piece.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                    && pieces[0].Length == Math.Min(parts[0].Length, 48);
            }));

    [Fact]
    public void Equality_is_that_of_the_parts() =>
        Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(1000),
            Prop.ForAll(s_parts.ToArbitrary(), parts => Of(parts) == Of(parts) && Of(parts).GetHashCode() == Of(parts).GetHashCode() && Of(parts) != Of([.. parts[..5], parts[5] + "x"])));

    [Fact]
    public void Text_says_the_level_and_nothing_else()
    {
        var scope = new EntryScope("shop", "stack", "bank-a", "session-7", "view");

        Assert.Equal("stack", scope.ToString());
        Assert.Equal("stack", scope.Entry("account:1").ToString());
        Assert.Equal("", default(EntryAddress).ToString());
    }

    [Fact]
    public void A_view_changes_the_view_only()
    {
        var scope = new EntryScope("shop", "stack", "bank-a", "bank-a").WithView("v");

        Assert.Equal(new EntryScope("shop", "stack", "bank-a", "bank-a", "v"), scope);
        Assert.NotEqual(new EntryScope("shop", "stack", "bank-a", "bank-a"), scope);
    }

    [Fact]
    public void Parts_that_are_missing_are_the_callers_error()
    {
        Assert.Throws<ArgumentNullException>(() => new EntryScope(null!, "stack", "", ""));
        Assert.Throws<ArgumentNullException>(() => new EntryScope("", null!, "", ""));
        Assert.Throws<ArgumentException>(() => new EntryScope("", "", "", ""));
        Assert.Throws<ArgumentNullException>(() => new EntryScope("", "stack", null!, ""));
        Assert.Throws<ArgumentNullException>(() => new EntryScope("", "stack", "", null!));
        Assert.Throws<ArgumentNullException>(() => new EntryScope("", "stack", "", "", null!));
        Assert.Throws<ArgumentNullException>(() => new EntryScope("", "stack", "", "").Entry(null!));
        Assert.Throws<ArgumentNullException>(() => new EntryAddress(null!, "key"));
    }

    // Changing any of these makes every entry of every running service a miss.
    [Theory]
    [InlineData(KeyDomain.Entry, null, "shop:stack:u3yQKl0EjyIo9BKsh1kIE5Y8dRsf37Ym6feOA0qmNLU")]
    [InlineData(KeyDomain.Entry, "a secret of the shop", "shop:stack:IXjaAyMHpYqwhv8QJGSzia1hq6i3BAF_FAkHRqlVkQc")]
    [InlineData(KeyDomain.Counter, null, "shop:stack:s0gp4tJ6BKO3SKN4trIjmRAFiWhdmi3r0sebutzlV48~c")]
    [InlineData(KeyDomain.Counter, "a secret of the shop", "shop:stack:tkb4zyl70I1VhDmwipo90F6bJfuSfYpeWxFXSHT8f8A~c")]
    [InlineData(KeyDomain.Lease, null, "shop:stack:u3yQKl0EjyIo9BKsh1kIE5Y8dRsf37Ym6feOA0qmNLU~l")]
    internal void The_key_of_an_address_is_the_same_for_ever(KeyDomain domain, string? secret, string expected)
    {
        var address = new EntryScope("shop", "stack", "bank-a", "bank-a", "v").Entry("account:1");

        Assert.Equal(expected, Encoding.ASCII.GetString(address.Wire(domain, secret)));
    }

    [Fact]
    public void What_is_no_entry_bears_its_kind_behind_a_tilde_that_stands_nowhere_else()
    {
        var address = new EntryScope("sh~op", "st~ack", "bank~a", "bank~a", "~").Entry("~account~");

        Assert.DoesNotContain('~', Text(address.Wire()));
        Assert.Equal(Text(address.Wire()) + "~l", Text(address.Wire(KeyDomain.Lease)));
        Assert.All(
            [(KeyDomain.Generation, "~g"), (KeyDomain.Counter, "~c"), (KeyDomain.SealedCounter, "~s")],
            kind =>
            {
                var key = Text(address.Wire(kind.Item1));
                Assert.EndsWith(kind.Item2, key, StringComparison.Ordinal);
                Assert.Equal(key.Length - 2, key.IndexOf('~', StringComparison.Ordinal));
                Assert.NotEqual(Text(address.Wire()), key[..^2], StringComparer.Ordinal);
            });
        static string Text(byte[] key) => Encoding.ASCII.GetString(key);
    }

    [Fact]
    public void The_fingerprint_of_an_address_is_the_start_of_its_hash()
    {
        var address = new EntryScope("shop", "stack", "bank-a", "bank-a", "v").Entry("account:1");

        Assert.Equal("bb7c902a5d048f22", new SealedKeys(secret: null).Fingerprint(address));
        Assert.NotEqual("bb7c902a5d048f22", new SealedKeys("a secret of the shop").Fingerprint(address), StringComparer.Ordinal);
    }

    [Fact]
    public void A_key_longer_than_the_stack_buffer_is_hashed_whole()
    {
        var scope = new EntryScope("shop", "stack", "bank-a", "bank-a");
        var keys = Enumerable.Range(0, 20).Select(i => Convert.ToHexString(scope.Entry(new string('k', 480) + new string('l', i)).Wire()));

        Assert.Equal(20, keys.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(scope.Entry(new string('k', 5000)).Wire(), scope.Entry(new string('k', 5000)).Wire());
        Assert.NotEqual(scope.Entry(new string('k', 5000) + "a").Wire(), scope.Entry(new string('k', 5000) + "b").Wire());
    }

    private static EntryAddress Of(string[] parts) =>
        new EntryScope(parts[0], parts[1].Length == 0 ? "stack" : "l" + parts[1], parts[2], parts[3], parts[4]).Entry(parts[5]);

    private static byte[] Canonical(EntryAddress address)
    {
        var bytes = new byte[address.CanonicalLength];
        Assert.Equal(bytes.Length, address.WriteCanonical(bytes));
        return bytes;
    }

    private static bool AreTheSameExactlyWhenTheirPartsAre(string[] one, string[] two)
    {
        static (string, string, string, string, string, string) Parts(EntryAddress address) =>
            (address.Scope.Prefix, address.Scope.Level, address.Scope.Isolation, address.Scope.Id, address.Scope.View, address.Key);

        var (left, right) = (Of(one), Of(two));
        var same = Parts(left) == Parts(right);
        return Canonical(left).AsSpan().SequenceEqual(Canonical(right)) == same && left.Equals(right) == same;
    }

    /// <summary>The parts with the end of one moved to the start of the next, or the other way round.</summary>
    private static string[] Move(string[] parts, int at, int count, bool back)
    {
        var moved = parts.ToArray();
        if (back)
        {
            count = Math.Min(count, moved[at + 1].Length);
            moved[at] += moved[at + 1][..count];
            moved[at + 1] = moved[at + 1][count..];
        }
        else
        {
            count = Math.Min(count, moved[at].Length);
            moved[at + 1] = moved[at][^count..] + moved[at + 1];
            moved[at] = moved[at][..^count];
        }

        return moved;
    }
}
