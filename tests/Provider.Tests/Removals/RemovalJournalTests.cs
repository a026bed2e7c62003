using System.Text;
using ScopedCaching.Memcached.Removals;

namespace Provider.Tests.Removals;

public sealed class RemovalJournalTests
{
    private readonly RemovalJournal _journal = new();

    [Fact]
    public void A_key_is_remembered_once_until_it_is_delivered()
    {
        Assert.True(_journal.IsEmpty);
        Assert.True(Add("key"));
        Assert.True(Add("key"));
        var entry = Assert.Single(_journal.Peek(10));
        Assert.Equal("key"u8.ToArray(), entry.Key);
        Assert.False(_journal.IsEmpty);

        _journal.Delivered(entry);

        Assert.True(_journal.IsEmpty);
        Assert.Empty(_journal.Peek(10));
    }

    [Fact]
    public void What_is_remembered_anew_while_it_is_delivered_stays()
    {
        Add("key");
        var entry = Assert.Single(_journal.Peek(10));
        Add("key");

        _journal.Delivered(entry);

        Assert.False(_journal.IsEmpty);
        _journal.Delivered(Assert.Single(_journal.Peek(10)));
        Assert.True(_journal.IsEmpty);
    }

    [Fact]
    public void It_is_bounded_and_keeps_room_for_what_matters_more()
    {
        for (var i = 0; i < RemovalJournal.Capacity - RemovalJournal.Reserve; i++)
        {
            Assert.True(Add($"key{i}"));
        }

        Assert.False(Add("one more"));
        Assert.True(Add("key0"));
        for (var i = 0; i < RemovalJournal.Reserve; i++)
        {
            Assert.True(Add($"generation{i}", usesReserve: true));
        }

        Assert.False(Add("one more", usesReserve: true));
        Assert.True(Add("generation0", usesReserve: true));
        Assert.Equal(RemovalJournal.Capacity, _journal.Peek(int.MaxValue).Count);
    }

    [Fact]
    public void It_keeps_a_copy()
    {
        var key = "key"u8.ToArray();
        _journal.TryAdd(key, usesReserve: false);
        key[0] = (byte)'x';

        Assert.Equal("key"u8.ToArray(), Assert.Single(_journal.Peek(1)).Key);
    }

    private bool Add(string key, bool usesReserve = false) => _journal.TryAdd(Encoding.ASCII.GetBytes(key), usesReserve);
}
