using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Provider.Tests.Contract;

namespace Provider.Tests.Embedded;

/// <summary>The store against the simplest thing that could be meant by it: a dictionary.</summary>
public sealed class ModelTests
{
    private enum Verb
    {
        Get,
        Set,
        Add,
        Replace,
        Append,
        Prepend,
        Delete,
        Increment,
    }

    [Fact]
    public void A_sequence_of_changes_leaves_what_a_dictionary_would_hold()
    {
        var step =
            from verb in Gen.Elements(Enum.GetValues<Verb>())
            from key in Gen.Choose(0, 5)
            from value in Gen.Elements("1", "9", "41", "word", "", "0x")
            select new Step(verb, $"key{key}", value);

        Prop.ForAll(step.ArrayOf().ToArbitrary(), steps =>
        {
            using var peer = new EmbeddedPeer();
            var model = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var one in steps)
            {
                Assert.Equal(one.Expect(model), peer.Say(one.Command));
            }

            Assert.Equal(model.Count, peer.Store.Count);
            Assert.Equal(model.Sum(entry => 59 + entry.Key.Length + entry.Value.Length), peer.Store.Bytes);
        }).QuickCheckThrowOnFailure();
    }

    private sealed record Step(Verb Verb, string Key, string Value)
    {
        public string Command => Verb switch
        {
            Verb.Get => $"mg {Key} v\r\n",
            Verb.Delete => $"md {Key}\r\n",
            Verb.Increment => $"ma {Key} v\r\n",
            Verb.Add => $"ms {Key} {Value.Length} ME\r\n{Value}\r\n",
            Verb.Replace => $"ms {Key} {Value.Length} MR\r\n{Value}\r\n",
            Verb.Append => $"ms {Key} {Value.Length} MA\r\n{Value}\r\n",
            Verb.Prepend => $"ms {Key} {Value.Length} MP\r\n{Value}\r\n",
            _ => $"ms {Key} {Value.Length}\r\n{Value}\r\n",
        };

        public string Expect(Dictionary<string, string> model)
        {
            var isThere = model.TryGetValue(Key, out var old);
            switch (Verb)
            {
                case Verb.Get:
                    return isThere ? $"VA {old!.Length}\r\n{old}\r\n" : "EN\r\n";
                case Verb.Delete:
                    return model.Remove(Key) ? "HD\r\n" : "NF\r\n";
                case Verb.Increment:
                    return Increment(model, old);
                default:
                    if (Verb != Verb.Set && isThere == (Verb == Verb.Add))
                    {
                        return "NS\r\n";
                    }

                    model[Key] = Verb switch { Verb.Append => old + Value, Verb.Prepend => Value + old, _ => Value };
                    return "HD\r\n";
            }
        }

        private string Increment(Dictionary<string, string> model, string? old)
        {
            if (old is null)
            {
                return "NF\r\n";
            }

            if (!ulong.TryParse(old, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number))
            {
                return "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
            }

            var text = unchecked(number + 1).ToString(CultureInfo.InvariantCulture);
            model[Key] = text.PadRight(old.Length);
            return $"VA {text.Length}\r\n{text}\r\n";
        }
    }
}
