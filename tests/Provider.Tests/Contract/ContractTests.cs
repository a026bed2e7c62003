using System.Text;

namespace Provider.Tests.Contract;

/// <summary>The embedded server and a real memcached give the same bytes to the same conversations.</summary>
public sealed class ContractTests(SteadyMemcached memcached) : IClassFixture<SteadyMemcached>
{
    // A second of the real clock may pass between two steps, and be told.
    private const int Attempts = 3;

    private static readonly Dictionary<string, Conversation> Conversations =
        ConversationsOfMetaGet.All.Concat(ConversationsOfMetaChanges.All).Concat(ConversationsOfClassicCommands.All)
            .ToDictionary(conversation => conversation.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Conversations.Keys];

    [Fact]
    public void There_are_at_least_150_conversations() => Assert.True(Conversations.Count >= 150, $"{Conversations.Count}");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_embedded_server_replies_as_memcached_does(string name)
    {
        var (real, embedded) = ("", "");
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            (real, embedded) = await ConverseWithBothAsync(Conversations[name]);
            if (string.Equals(real, embedded, StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.Equal(real, embedded);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Replies_do_not_depend_on_how_the_bytes_were_split(string name)
    {
        var conversation = Conversations[name];
        var whole = Converse(conversation, static (peer, bytes) => peer.Say(bytes));
        var longest = conversation.Steps.Max(step => step.Length);

        foreach (var position in Positions(longest))
        {
            var split = Converse(conversation, (peer, bytes) =>
            {
                var at = Math.Min(position, bytes.Length);
                return peer.Say(bytes.AsSpan(0, at)) + peer.Say(bytes.AsSpan(at));
            });
            Assert.Equal(whole, split);
        }

        var bytewise = Converse(conversation, static (peer, bytes) => string.Concat(bytes.Select(octet => peer.Say([octet]))));
        Assert.Equal(whole, bytewise);
    }

    // A long value's middle is all the same: splits near its ends are enough.
    private static IEnumerable<int> Positions(int length) => length <= 4096
        ? Enumerable.Range(1, Math.Max(0, length - 1))
        : Enumerable.Range(1, 60).Concat(Enumerable.Range(length - 60, 60));

    private async Task<(string Real, string Embedded)> ConverseWithBothAsync(Conversation conversation)
    {
        using var real = await RealPeer.ConnectAsync(memcached.Server);
        using var embedded = new EmbeddedPeer();
        await real.SayAsync("flush_all\r\n"u8.ToArray(), expectedLines: 1);
        embedded.Say("flush_all\r\n");
        var (realSaid, embeddedSaid) = ("", "");

        // The last step tells an open connection, in step, from a waiting one. What is to be closed is sent no more.
        foreach (var step in conversation.Steps.Append("mn\r\n").TakeWhile(_ => embedded.IsOpen))
        {
            var reply = embedded.Say(Conversation.BytesOf(step, embeddedSaid));
            embeddedSaid += reply;
            realSaid += await real.SayAsync(Conversation.BytesOf(step, realSaid), reply.Count(octet => octet == '\n'));
        }

        realSaid += await real.FinishAsync(shutdown: embedded.IsOpen);
        return (
            Conversation.Normalize(realSaid) + (real.WasClosedByServer ? "(closed)" : ""),
            Conversation.Normalize(embeddedSaid) + (embedded.IsOpen ? "" : "(closed)"));
    }

    private static string Converse(Conversation conversation, Func<EmbeddedPeer, byte[], string> say)
    {
        using var peer = new EmbeddedPeer();

        // Takes the first CAS id, which some conversations use as one that no entry has.
        peer.Say("flush_all\r\n");
        var replies = new StringBuilder();
        foreach (var step in conversation.Steps)
        {
            replies.Append(say(peer, Conversation.BytesOf(step, replies.ToString())));
        }

        return replies.Append(peer.IsOpen ? "" : "(closed)").ToString();
    }
}
