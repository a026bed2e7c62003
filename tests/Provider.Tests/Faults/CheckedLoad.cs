using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Provider.Tests.Faults;

/// <summary>
/// Callers of one face of the cache who read, write and remove without pause, and check everything that they read. Each key has one caller who writes it; all read it.
/// </summary>
internal sealed class CheckedLoad
{
    /// <summary>What a call may take beyond its timeout.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(100);

    private const int Keys = 12;
    private const int Hops = 3;
    private readonly CheckedCache _cache;
    private readonly TimeSpan _timeout;
    private readonly Standstill _standstill;
    private readonly KeyHistory[] _keys;
    private readonly int _callers;
    private readonly int _seed;
    private readonly List<Task> _running = [];
    private volatile bool _stops;
    private long _reads;
    private long _hits;
    private long _damaged;
    private long _latest;

    public CheckedLoad(CheckedCache cache, TimeSpan timeout, Standstill standstill, int callers, int seed)
    {
        (_cache, _timeout, _standstill, _callers, _seed) = (cache, timeout, standstill, callers, seed);

        // What an earlier load left on the same server is not this one's.
        var run = Guid.NewGuid().ToString("N");
        _keys = [.. Enumerable.Range(0, Keys).Select(number => new KeyHistory($"{run}:{number}"))];
    }

    public CheckedCache Cache => _cache;

    /// <summary>Values, and answers that there is none.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Values that were no longer what was written, on a face that does not tell.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>The most that a call took beyond its timeout, without what the machine took.</summary>
    public TimeSpan Latest => new(Math.Max(0, Interlocked.Read(ref _latest)));

    public ConcurrentQueue<string> Wrong { get; } = new();

    public ConcurrentQueue<string> Late { get; } = new();

    /// <summary>Bytes are damaged on their way to the server, where a key or a removal may become another: what is over is not known then.</summary>
    public bool IsAgeUnknown { get; set; }

    public void Start()
    {
        _stops = false;
        for (var caller = 0; caller < _callers; caller++)
        {
            var number = caller;
            _running.Add(_cache is BlockingFace
                ? Task.Factory.StartNew(() => CallAsync(number), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
                : Task.Run(() => CallAsync(number)));
        }
    }

    public async Task StopAsync()
    {
        _stops = true;
        await Task.WhenAll(_running);
        _running.Clear();
    }

    public override string ToString() => $"{_cache.Name}: {Reads} reads, {Hits} values, {Damaged} damaged, {Wrong.Count} wrong, {Late.Count} late: {Wrong.FirstOrDefault()} {Late.FirstOrDefault()}";

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "What the face does not promise is what is looked for.")]
    private async Task CallAsync(int caller)
    {
        var random = new Random(unchecked((_seed * 31) + caller));
        while (!_stops)
        {
            var began = Stopwatch.GetTimestamp();
            var what = random.Next(100) switch { < 72 => "read", < 82 => "many", < 95 => "write", _ => "remove" };
            try
            {
                var isAnswered = what switch
                {
                    "read" => await ReadAsync(_keys[random.Next(Keys)]),
                    "many" => await ReadManyAsync(random),
                    "write" => await WriteAsync(_keys[Own(random, caller)], random),
                    _ => await RemoveAsync(_keys[Own(random, caller)]),
                };
                Time(what, began);
                if (!isAnswered)
                {
                    await _cache.PauseAsync();
                }
            }
            catch (Exception fault)
            {
                Wrong.Enqueue($"{_cache.Name} {what}: {fault}");
                await _cache.PauseAsync();
            }
        }
    }

    private int Own(Random random, int caller) => (random.Next((Keys / _callers) + 1) * _callers) + caller is var own && own < Keys ? own : caller;

    private async ValueTask<bool> ReadAsync(KeyHistory key)
    {
        var over = key.Over();
        var value = await _cache.ReadAsync(key.Key);
        Check(key, value, over);
        return value is not null;
    }

    private async ValueTask<bool> ReadManyAsync(Random random)
    {
        var first = random.Next(Keys - 3);
        var keys = _keys[first..(first + 3)];
        var over = Array.ConvertAll(keys, static key => key.Over());
        var values = await _cache.ReadManyAsync(Array.ConvertAll(keys, static key => key.Key));
        for (var i = 0; i < values.Length; i++)
        {
            Check(keys[i], values[i], over[i]);
        }

        return values[0] is not null;
    }

    private async ValueTask<bool> WriteAsync(KeyHistory key, Random random)
    {
        var version = key.Begin();
        var size = random.Next(100) switch { < 85 => 100, < 97 => 3000, _ => 70_000 };
        var isAcknowledged = false;
        try
        {
            return isAcknowledged = await _cache.WriteAsync(key.Key, CheckedValue.Make(key.Key, version, size));
        }
        finally
        {
            key.Written(version, isAcknowledged);
        }
    }

    private async ValueTask<bool> RemoveAsync(KeyHistory key)
    {
        var isHonoured = await _cache.RemoveAsync(key.Key);
        if (isHonoured)
        {
            key.Removed();
        }

        return isHonoured;
    }

    private void Check(KeyHistory key, byte[]? value, int over)
    {
        Interlocked.Increment(ref _reads);
        if (value is null)
        {
            return;
        }

        Interlocked.Increment(ref _hits);
        if (!_cache.TellsDamage && !CheckedValue.TryRead(value, out _, out _))
        {
            Interlocked.Increment(ref _damaged);
        }
        else if (key.Objection(value, IsAgeUnknown ? 0 : over) is { } objection)
        {
            Wrong.Enqueue(objection);
        }
    }

    private void Time(string what, long began)
    {
        var ended = Stopwatch.GetTimestamp();
        var beyond = Stopwatch.GetElapsedTime(began, ended) - (_timeout * _cache.Trips);
        if (beyond <= TimeSpan.Zero)
        {
            return;
        }

        // An answer passes several threads one after another, each of which may have had to wait like the one that was watched.
        beyond -= Hops * _standstill.Between(began, ended);
        InterlockedMax(ref _latest, beyond.Ticks);
        if (beyond > Slack)
        {
            Late.Enqueue($"{_cache.Name} {what}: {beyond.TotalMilliseconds:0} ms beyond its timeout, without what the machine took");
        }
    }

    private static void InterlockedMax(ref long place, long value)
    {
        var seen = Interlocked.Read(ref place);
        while (value > seen && Interlocked.CompareExchange(ref place, value, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
