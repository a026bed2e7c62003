using System.Buffers;
using Microsoft.Extensions.Primitives;
using ScopedCaching.Output;

namespace Middleware.Tests.Output;

public sealed class PageSerializerTests
{
    private static readonly DateTimeOffset s_created = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_response_reads_as_it_was_written()
    {
        var page = new CachedPage(s_created, [new("Content-Type", "text/plain"), new("X-Several", new StringValues(["a", "", "ü"])), new("X-None", StringValues.Empty)], "body"u8.ToArray());
        var written = Write(page);

        var read = PageSerializer.Instance.Deserialize<CachedPage>(written)!;
        var leased = PageSerializer.Leasing.Deserialize<LeasedPage>(written);

        foreach (var copy in new[] { read, leased.Page })
        {
            Assert.False(copy.IsUncacheable);
            Assert.Equal(s_created, copy.CreatedAt);
            Assert.Equal(page.Headers, copy.Headers);
            Assert.Equal("body"u8, copy.Body.Span);
        }

        leased.Return();
    }

    [Fact]
    public void The_mark_of_what_is_not_stored_reads_as_such()
    {
        var written = Write(CachedPage.Uncacheable);

        Assert.True(PageSerializer.Instance.Deserialize<CachedPage>(written)!.IsUncacheable);
        Assert.True(PageSerializer.Leasing.Deserialize<LeasedPage>(written).Page.IsUncacheable);
    }

    [Fact]
    public void What_is_cut_short_or_of_another_revision_does_not_read()
    {
        var written = Write(new CachedPage(s_created, [new("A", "b")], default)).ToArray();

        for (var length = 0; length < written.Length; length++)
        {
            Assert.ThrowsAny<Exception>(() => PageSerializer.Instance.Deserialize<CachedPage>(written.AsMemory(0, length)));
        }

        written[0]++;
        Assert.Throws<FormatException>(() => PageSerializer.Instance.Deserialize<CachedPage>(written));
    }

    private static ReadOnlyMemory<byte> Write(CachedPage page)
    {
        var buffer = new ArrayBufferWriter<byte>();
        PageSerializer.Instance.Serialize(page, buffer);
        return buffer.WrittenMemory;
    }
}
