using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Provider.Tests.Contract;

public sealed class RandomConversationTests(SteadyMemcached memcached) : IClassFixture<SteadyMemcached>
{
    // A second of the real clock may pass within a conversation, and be told.
    private const int Attempts = 3;

    [Fact]
    public void Any_sequence_of_commands_gets_the_replies_of_memcached() =>
        Prop.ForAll(RandomCommands.Sequences, async Task (string[] commands) =>
        {
            var (real, embedded) = ("", "");
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                (real, embedded) = await ConverseAsync(commands);
                if (string.Equals(real, embedded, StringComparison.Ordinal))
                {
                    return;
                }
            }

            // The whole of it: which command it was cannot be told from the first byte that differs.
            Assert.Fail($"Sent:\n{string.Concat(commands)}\nmemcached replied:\n{real}\nThe embedded server replied:\n{embedded}");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Statistics_bear_names_that_memcached_has_in_its_order()
    {
        foreach (var topic in (string[])["stats\r\n", "stats settings\r\n", "stats items\r\n"])
        {
            var (real, embedded) = await ConverseAsync(["set a 0 0 1\r\nx\r\n", topic]);
            var realNames = Names(real);

            Assert.Equal(realNames.Intersect(Names(embedded), StringComparer.Ordinal), Names(embedded), StringComparer.Ordinal);
        }
    }

    private static string[] Names(string reply) =>
        [.. reply.Split("\r\n").Where(line => line.StartsWith("STAT ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];

    private async Task<(string Real, string Embedded)> ConverseAsync(string[] commands)
    {
        using var embedded = new EmbeddedPeer();
        using var real = await RealPeer.ConnectAsync(memcached.Server);
        var (realSaid, embeddedSaid) = ("", "");

        // One by one: a reply that memcached has not sent yet holds its entry, and a decrement then writes a new,
        // shorter one instead of leaving blanks.
        foreach (var command in (IEnumerable<string>)["flush_all\r\n", .. commands, "mn\r\n"])
        {
            var reply = embedded.Say(command);
            embeddedSaid += reply;
            realSaid += await real.SayAsync(Encoding.Latin1.GetBytes(command), reply.Count(octet => octet == '\n'));
        }

        realSaid += await real.FinishAsync(shutdown: true);
        return (Conversation.Normalize(realSaid), Conversation.Normalize(embeddedSaid));
    }
}
