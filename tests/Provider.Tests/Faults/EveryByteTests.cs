using Provider.Tests.Doubles;
using Provider.Tests.RealMemcached;
using Provider.Tests.Sealing;
using ScopedCaching.Memcached;
using Eventually = Provider.Tests.Doubles.Eventually;

namespace Provider.Tests.Faults;

/// <summary>
/// A conversation with a real server (a write, a hit, a miss, many at once, a removal) that breaks off after each byte in turn, or has a bit of each byte turned in turn.
/// What is answered is what was stored under that key, or nothing. The raw client cannot tell that a value's own bytes were damaged; it never gives one to another request.
/// </summary>
public sealed class EveryByteTests(SharedMemcached shared) : IClassFixture<SharedMemcached>, IDisposable
{
    private readonly FaultProxy _proxy = new(shared.Server.EndPoint);
    private readonly string _run = Guid.NewGuid().ToString("N")[..12];
    private int _keys;

    public enum Face
    {
        Raw,
        Sealed,
        Fresh,
        Plain,
    }

    [Theory]
    [InlineData(Face.Raw, true)]
    [InlineData(Face.Sealed, false)]
    public Task A_conversation_that_breaks_off_after_any_byte_of_the_replies_tells_nothing_wrong(Face face, bool resets) =>
        SweepAsync(face, _proxy.Replies, position => Fault.CutAfter(position, resets));

    [Theory]
    [InlineData(Face.Raw, false)]
    [InlineData(Face.Sealed, true)]
    public Task A_conversation_that_breaks_off_after_any_byte_of_the_requests_tells_nothing_wrong(Face face, bool resets) =>
        SweepAsync(face, _proxy.Requests, position => Fault.CutAfter(position, resets));

    [Theory]
    [InlineData(Face.Raw)]
    [InlineData(Face.Sealed)]
    [InlineData(Face.Plain)]
    public Task A_turned_bit_in_any_byte_of_the_replies_brings_no_wrong_value(Face face) =>
        SweepAsync(face, _proxy.Replies, position => Fault.FlipAfter(position, (int)(position * 5 % 8)));

    /// <summary>A removal whose key is damaged removes nothing of ours: only whose value it is can be told.</summary>
    [Theory]
    [InlineData(Face.Sealed)]
    [InlineData(Face.Plain)]
    public Task A_turned_bit_in_any_byte_of_the_requests_brings_no_value_of_another_key(Face face) =>
        SweepAsync(face, _proxy.Requests, position => Fault.FlipAfter(position, (int)(position * 3 % 8)), isAgeUnknown: true);

    public void Dispose() => _proxy.Dispose();

    private async Task SweepAsync(Face face, FaultyWay way, Func<long, Fault> fault, bool isAgeUnknown = false)
    {
        using var process = new CacheProcess(options =>
        {
            options.Servers = [MemcachedEndpoint.Tcp(_proxy.Host, _proxy.Port)];
            options.Encrypt = face != Face.Plain;
            (options.Timeout, options.ConnectTimeout) = (TimeSpan.FromMilliseconds(60), TimeSpan.FromSeconds(1));
        });
        var scope = Addresses.UniqueScope();
        CheckedCache cache = face switch
        {
            Face.Raw => new RawFace(process.Client),
            Face.Fresh => new FreshFace(process.Fresh, scope),
            _ => new SealedFace(process.Sealed, scope),
        };
        var counted = Fault.Count();
        await Eventually.TrueAsync(async () =>
        {
            // Once more, where the machine was busy and the server counted as down in the middle of it.
            await RecoverAsync(cache);
            way.Fault = counted = Fault.Count();
            return await TalkAsync(cache, isAgeUnknown);
        });
        Assert.InRange(counted.Bytes, 100, 10_000);
        for (var position = 0L; position <= counted.Bytes; position++)
        {
            way.Fault = fault(position);
            await TalkAsync(cache, isAgeUnknown);
            way.Fault = Fault.None;
            await RecoverAsync(cache);
        }
    }

    /// <returns>Whether the server had answered until the removal, near the end.</returns>
    private async Task<bool> TalkAsync(CheckedCache cache, bool isAgeUnknown)
    {
        KeyHistory first = new($"{_run}:{_keys++}"), second = new($"{_run}:{_keys++}");
        await WriteAsync(cache, first);
        await WriteAsync(cache, second);
        await ReadAsync(cache, isAgeUnknown, first);
        Assert.Null(await cache.ReadAsync($"{_run}:{_keys++}"));
        await ReadAsync(cache, isAgeUnknown, second, first);
        var isRemoved = await cache.RemoveAsync(first.Key);
        if (isRemoved)
        {
            first.Removed();
        }

        await ReadAsync(cache, isAgeUnknown, second);
        await ReadAsync(cache, isAgeUnknown, first);
        return isRemoved;
    }

    private static async Task WriteAsync(CheckedCache cache, KeyHistory key)
    {
        var version = key.Begin();
        key.Written(version, await cache.WriteAsync(key.Key, CheckedValue.Make(key.Key, version, size: 0)));
    }

    private static async Task ReadAsync(CheckedCache cache, bool isAgeUnknown, params KeyHistory[] keys)
    {
        var over = Array.ConvertAll(keys, key => isAgeUnknown ? 0 : key.Over());
        var values = keys.Length == 1 ? [await cache.ReadAsync(keys[0].Key)] : await cache.ReadManyAsync(Array.ConvertAll(keys, static key => key.Key));
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is { } value && (cache.TellsDamage || CheckedValue.TryRead(value, out _, out _)))
            {
                Assert.Null(keys[i].Objection(value, over[i]));
            }
        }
    }

    /// <summary>What comes after the fault is answered as ever.</summary>
    private async Task RecoverAsync(CheckedCache cache)
    {
        var key = $"{_run}:{_keys++}";
        var value = CheckedValue.Make(key, 1, size: 0);
        await Eventually.TrueAsync(async () => await cache.WriteAsync(key, value) && await cache.ReadAsync(key) is { } found && found.AsSpan().SequenceEqual(value));
    }
}
