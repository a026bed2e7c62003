using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Middleware.Tests.Doubles;
using Provider.Tests.Doubles;
using ScopedCaching.Inspector;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Inspector;

public sealed class RecentKeysFileTests : IDisposable
{
    private static readonly EntryScope s_scope = new("test", "stack", "acme", "acme", "view");

    private readonly FakeClock _clock = new();
    private readonly IDataProtectionProvider _ring = new EphemeralDataProtectionProvider();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recent-keys");

    private string FilePath => Path.Combine(_folder.FullName, "keys");

    [Fact]
    public void What_was_known_is_known_again_after_a_restart()
    {
        var keys = Keys();
        var ends = _clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        keys.Seen(s_scope.Entry("a"), new EntryFacts(321, IsEncrypted: true, ends));
        keys.Use(s_scope.Entry("a"), isHit: true);
        File(keys).Dispose();

        var after = Keys();
        using var file = File(after);

        Assert.Equal(keys.Latest(), after.Latest());
    }

    [Fact]
    public void Two_processes_know_what_both_have_used_and_forget_what_either_removed()
    {
        var (one, two) = (Keys(), Keys());
        using var first = File(one);
        using var second = File(two);
        one.Use(s_scope.Entry("a"), isHit: true);
        two.Use(s_scope.Entry("b"), isHit: true);
        Turn();
        Assert.Equal(["a", "b"], one.Latest().Select(static row => row.Address.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(["a", "b"], two.Latest().Select(static row => row.Address.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);

        two.Forget(s_scope.Entry("a"));
        Turn();

        Assert.Equal(["b"], one.Latest().Select(static row => row.Address.Key), StringComparer.Ordinal);
        Assert.Equal(["b"], two.Latest().Select(static row => row.Address.Key), StringComparer.Ordinal);

        void Turn()
        {
            _clock.Advance(RecentKeysFile.Period);
            first.Exchange();
            second.Exchange();
            first.Exchange();
        }
    }

    [Fact]
    public void It_is_written_in_nobodys_flow()
    {
        var folder = _folder.CreateSubdirectory("deleted later");
        var log = new FlowLog();
        using var file = RequestFlow.Of("acme", () => new RecentKeysFile(Keys(), Path.Combine(folder.FullName, "keys"), _ring, _clock, log));
        folder.Delete(recursive: true);

        _clock.Advance(RecentKeysFile.Period);

        Assert.Equal([null], log.Customers, StringComparer.Ordinal);
    }

    [Fact]
    public void Only_the_owner_may_read_it_and_nobody_learns_anything_from_it()
    {
        var keys = Keys();
        keys.Use(s_scope.Entry("account of Ana"), isHit: true);
        File(keys).Dispose();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(FilePath).UnixFileMode);
        var bytes = System.IO.File.ReadAllBytes(FilePath);
        foreach (var secret in (string[])["Ana", "acme", "view", "stack"])
        {
            Assert.DoesNotContain(secret, Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, Encoding.Unicode.GetString(bytes), StringComparison.Ordinal);
        }

        // Nothing is left of the way it was written.
        Assert.Equal(["keys", "keys.lock"], _folder.GetFiles().Select(static file => file.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no file of ours")]
    [InlineData("\0\0\0\0")]
    public void A_damaged_file_is_an_empty_one_and_is_replaced(string content)
    {
        System.IO.File.WriteAllText(FilePath, content);
        var keys = Keys();
        File(keys).Dispose();
        Assert.Empty(keys.Latest());

        keys.Use(s_scope.Entry("a"), isHit: true);
        File(keys).Dispose();

        var after = Keys();
        File(after).Dispose();
        Assert.Single(after.Latest());
    }

    [Fact]
    public void A_flipped_bit_and_another_key_ring_are_an_empty_file()
    {
        var keys = Keys();
        keys.Use(s_scope.Entry("a"), isHit: true);
        File(keys).Dispose();
        var bytes = System.IO.File.ReadAllBytes(FilePath);
        var foreign = Keys();
        using (new RecentKeysFile(foreign, FilePath, new EphemeralDataProtectionProvider(), _clock, NullLogger.Instance))
        {
            Assert.Empty(foreign.Latest());
        }

        bytes[^3] ^= 1;
        System.IO.File.WriteAllBytes(FilePath, bytes);
        var flipped = Keys();
        File(flipped).Dispose();
        Assert.Empty(flipped.Latest());
    }

    [Fact]
    public void A_folder_that_is_not_there_stops_nothing()
    {
        var keys = Keys();
        keys.Use(s_scope.Entry("a"), isHit: true);
        var log = new CapturedLog();
        using (new RecentKeysFile(keys, Path.Combine(_folder.FullName, "missing", "keys"), _ring, _clock, log.CreateLogger("")))
        {
            _clock.Advance(RecentKeysFile.Period * 3);
        }

        Assert.Single(keys.Latest());
        Assert.Equal(2032, Assert.Single(log.Entries).Id.Id);
        Assert.Equal(LogLevel.Warning, log.Entries[0].Level);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private RecentKeys Keys() => new(100, _clock);

    private RecentKeysFile File(RecentKeys keys) => new(keys, FilePath, _ring, _clock, NullLogger.Instance);
}
