using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using ScopedCaching.Memcached.Envelope;

namespace Provider.Tests.Envelope;

/// <summary>What the ring of DataProtection keys tells, and how often it is read.</summary>
public sealed class KeyRingWatchTests
{
    private readonly SetClock _clock = new();
    private readonly RecordedLog _log = new();
    private readonly Keys _keys = new();
    private readonly KeyRingWatch _watch;

    public KeyRingWatchTests() => _watch = new KeyRingWatch(_keys, _clock, _log);

    [Fact]
    public void Without_a_key_ring_everything_is_tampering_and_nothing_is_revoked()
    {
        var watch = new KeyRingWatch(keyManager: null, _clock, _log);

        Assert.Equal(OpenOutcome.Tampered, watch.Explain(Wrapped(Guid.NewGuid())));
        Assert.False(watch.IsRevoked(Wrapped(Guid.NewGuid())));
        Assert.False(watch.ForeignKeyRingSeen);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void What_is_no_payload_of_DataProtection_is_tampering_and_the_ring_is_not_asked()
    {
        byte[][] others = [[], [0x09, 0xF0, 0xC9, 0xF0], Wrapped(Guid.NewGuid())[..19], [0, .. Wrapped(Guid.NewGuid())]];

        Assert.All(others, other => Assert.Equal(OpenOutcome.Tampered, _watch.Explain(other)));
        Assert.All(others, other => Assert.False(_watch.IsRevoked(other)));
        Assert.Equal(0, _keys.Reads);
        Assert.Equal(OpenOutcome.ForeignKeyRing, _watch.Explain(Wrapped(Guid.NewGuid()).AsSpan(0, 20)));
        Assert.Equal(1, _keys.Reads);
    }

    [Fact]
    public void A_known_key_that_was_not_revoked_is_a_hint_once()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(OpenOutcome.Tampered, _watch.Explain(Wrapped(_keys.Good)));
        }

        Assert.Equal(1101, Assert.Single(_log.Lines).Id);
        Assert.False(_watch.IsRevoked(Wrapped(_keys.Good)));
        Assert.False(_watch.ForeignKeyRingSeen);
    }

    [Fact]
    public void A_revoked_key_is_known_as_such_and_is_no_news()
    {
        Assert.True(_watch.IsRevoked(Wrapped(_keys.Revoked)));
        Assert.Equal(OpenOutcome.Tampered, _watch.Explain(Wrapped(_keys.Revoked)));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void An_unknown_key_is_not_revoked()
    {
        Assert.False(_watch.IsRevoked(Wrapped(Guid.NewGuid())));
        Assert.False(_watch.ForeignKeyRingSeen);
    }

    [Fact]
    public void To_explain_the_ring_is_read_once_a_second_at_most()
    {
        for (var i = 0; i < 4; i++)
        {
            _watch.Explain(Wrapped(Guid.NewGuid()));
            Assert.Equal((i / 2) + 1, _keys.Reads);
            _clock.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    [Fact]
    public void For_revocations_the_ring_is_read_once_a_minute_at_most()
    {
        for (var i = 0; i < 4; i++)
        {
            _watch.IsRevoked(Wrapped(_keys.Good));
            Assert.Equal((i / 2) + 1, _keys.Reads);
            _clock.Advance(TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public void A_foreign_ring_is_remembered_for_five_minutes_after_the_last_of_its_entries()
    {
        _watch.Explain(Wrapped(Guid.NewGuid()));
        _clock.Advance(TimeSpan.FromMinutes(4));
        _watch.Explain(Wrapped(Guid.NewGuid()));
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.True(_watch.ForeignKeyRingSeen);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.False(_watch.ForeignKeyRingSeen);
        Assert.Equal(1100, Assert.Single(_log.Lines).Id);
    }

    [Fact]
    public void While_the_ring_cannot_be_read_what_was_known_before_counts()
    {
        _keys.IsAway = true;
        Assert.Equal(OpenOutcome.Tampered, _watch.Explain(Wrapped(Guid.NewGuid())));
        Assert.False(_watch.IsRevoked(Wrapped(_keys.Revoked)));
        Assert.Empty(_log.Lines);

        _keys.IsAway = false;
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_watch.IsRevoked(Wrapped(_keys.Revoked)));
        _keys.IsAway = true;
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_watch.IsRevoked(Wrapped(_keys.Revoked)));
        Assert.Equal(OpenOutcome.ForeignKeyRing, _watch.Explain(Wrapped(Guid.NewGuid())));
    }

    private static byte[] Wrapped(Guid key) => [0x09, 0xF0, 0xC9, 0xF0, .. key.ToByteArray(), 1, 2, 3];

    private sealed class Keys : IKeyManager
    {
        public Guid Good { get; } = Guid.NewGuid();

        public Guid Revoked { get; } = Guid.NewGuid();

        public bool IsAway { get; set; }

        public int Reads { get; private set; }

        public IReadOnlyCollection<IKey> GetAllKeys()
        {
            Reads++;
            return IsAway ? throw new InvalidOperationException("away") : [new Key(Good, IsRevoked: false), new Key(Revoked, IsRevoked: true)];
        }

        public IKey CreateNewKey(DateTimeOffset activationDate, DateTimeOffset expirationDate) => throw new NotSupportedException();

        public CancellationToken GetCacheExpirationToken() => throw new NotSupportedException();

        public void RevokeAllKeys(DateTimeOffset revocationDate, string? reason = null) => throw new NotSupportedException();

        public void RevokeKey(Guid keyId, string? reason = null) => throw new NotSupportedException();
    }

    private sealed record Key(Guid KeyId, bool IsRevoked) : IKey
    {
        public DateTimeOffset ActivationDate => default;

        public DateTimeOffset CreationDate => default;

        public DateTimeOffset ExpirationDate => default;

        public IAuthenticatedEncryptorDescriptor Descriptor => throw new NotSupportedException();

        public IAuthenticatedEncryptor? CreateEncryptor() => null;
    }
}
