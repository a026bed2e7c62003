using System.Collections.Concurrent;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

/// <summary>
/// The store of one process, with hooks: each operation can be held before it is sent and after its answer came, counted, and made to fail as a broken
/// connection would, before it arrived or after it.
/// </summary>
internal sealed class HookedStore : IFreshStore
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public IFreshStore Inner { get; set; } = null!;

    public Func<string, Task>? Before { get; set; }

    public Func<string, Task>? After { get; set; }

    /// <summary>What becomes of an operation; null for all goes well.</summary>
    public Func<string, Fault>? Faults { get; set; }

    public bool CanLease => Inner.CanLease;

    /// <summary>How often an operation was called, by its name without <c>Async</c>.</summary>
    public int Count(string operation) => _counts.GetValueOrDefault(operation);

    public ValueTask<FreshEntry<T>> ReadAsync<T>(EntryAddress address, EntryRead? read, CancellationToken cancellationToken) =>
        RunAsync("Read", () => Inner.ReadAsync<T>(address, read, cancellationToken), new FreshEntry<T> { Outcome = ReadOutcome.Unavailable });

    public async ValueTask<FreshEntry<T>> ReadOrLeaseAsync<T>(EntryAddress address, EntryRead read, TimeSpan lease)
    {
        var broken = new FreshEntry<T> { Outcome = ReadOutcome.Unavailable };
        var entry = await RunAsync("ReadOrLease", () => Inner.ReadOrLeaseAsync<T>(address, read, lease), broken, async lost =>
        {
            if (lost.Lease is { } orphan)
            {
                await orphan.DisposeAsync();
            }
        });
        return entry;
    }

    public ValueTask<EntryLease?> LeaseAsync(EntryAddress address, ulong version, TimeSpan lease) =>
        RunAsync("Lease", () => Inner.LeaseAsync(address, version, lease), broken: null, async lost =>
        {
            if (lost is not null)
            {
                await lost.DisposeAsync();
            }
        });

    public ValueTask<FreshEntry<T>[]> ReadManyAsync<T>(IReadOnlyList<EntryAddress> addresses, EntryRead? read, CancellationToken cancellationToken)
    {
        var broken = new FreshEntry<T>[addresses.Count];
        Array.Fill(broken, new FreshEntry<T> { Outcome = ReadOutcome.Unavailable });
        return RunAsync("ReadMany", () => Inner.ReadManyAsync<T>(addresses, read, cancellationToken), broken);
    }

    public ValueTask<ReadOutcome> RevalidateAsync(EntryAddress address, EntryStamp stamp, CancellationToken cancellationToken) =>
        RunAsync("Revalidate", () => Inner.RevalidateAsync(address, stamp, cancellationToken), ReadOutcome.Unavailable);

    public ValueTask<EntryGenerations?> GenerationsAsync(EntryScope scope, EntryTags? tags, CancellationToken cancellationToken) =>
        RunAsync("Generations", () => Inner.GenerationsAsync(scope, tags, cancellationToken), broken: null);

    public ValueTask<WriteOutcome> WriteAsync<T>(EntryAddress address, T value, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken) =>
        RunAsync("Write", () => Inner.WriteAsync(address, value, write, generations, cancellationToken), WriteOutcome.Unavailable);

    public ValueTask<(WriteOutcome Outcome, T? Value)> UpdateAsync<T>(
        EntryAddress address, EntryRead read, Func<FreshEntry<T>, (T Value, EntryWrite Write)> update, CancellationToken cancellationToken) =>
        RunAsync("Update", () => Inner.UpdateAsync(address, read, update, cancellationToken), (WriteOutcome.Unavailable, default));

    public ValueTask<WriteOutcome[]> WriteManyAsync<T>(
        IReadOnlyList<KeyValuePair<EntryAddress, T>> entries, EntryWrite write, EntryGenerations? generations, CancellationToken cancellationToken)
    {
        var broken = new WriteOutcome[entries.Count];
        Array.Fill(broken, WriteOutcome.Unavailable);
        return RunAsync("WriteMany", () => Inner.WriteManyAsync(entries, write, generations, cancellationToken), broken);
    }

    public ValueTask<RemoveOutcome> RemoveAsync(EntryAddress address, CancellationToken cancellationToken) =>
        RunAsync("Remove", () => Inner.RemoveAsync(address, cancellationToken), RemoveOutcome.Undelivered);

    public ValueTask<WriteOutcome> TouchAsync(EntryAddress address, EntryWrite life, CancellationToken cancellationToken) =>
        RunAsync("Touch", () => Inner.TouchAsync(address, life, cancellationToken), WriteOutcome.Unavailable);

    public ValueTask<bool> ClearAsync(EntryScope scope, CancellationToken cancellationToken) =>
        RunAsync("Clear", () => Inner.ClearAsync(scope, cancellationToken), broken: false);

    public ValueTask<bool> RemoveByTagsAsync(EntryScope scope, EntryTags tags, CancellationToken cancellationToken) =>
        RunAsync("RemoveByTags", () => Inner.RemoveByTagsAsync(scope, tags, cancellationToken), broken: false);

    public bool Watch(EntryScope scope, EntryGenerations generations) => Inner.Watch(scope, generations);

    public ValueTask<bool> HaveWatchedChangedAsync(CancellationToken cancellationToken) => Inner.HaveWatchedChangedAsync(cancellationToken);

    public EntryPayload Pack<T>(T value, EntryFormat? format) => Inner.Pack(value, format);

    public bool TryUnpack<T>(EntryPayload payload, EntryFormat? format, out T? value) => Inner.TryUnpack(payload, format, out value);

    private ValueTask<T> RunAsync<T>(string what, Func<ValueTask<T>> run, T broken, Func<T, ValueTask>? lose = null)
    {
        _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);
        return Before is null && After is null && Faults is null ? run() : HookedAsync(what, run, broken, lose);
    }

    private async ValueTask<T> HookedAsync<T>(string what, Func<ValueTask<T>> run, T broken, Func<T, ValueTask>? lose)
    {
        var fault = Faults?.Invoke(what) ?? Fault.None;
        await (Before?.Invoke(what) ?? Task.CompletedTask);
        if (fault == Fault.BeforeItArrives)
        {
            return broken;
        }

        var result = await run();
        await (After?.Invoke(what) ?? Task.CompletedTask);
        if (fault == Fault.AfterItArrived)
        {
            await (lose?.Invoke(result) ?? default);
            return broken;
        }

        return result;
    }
}

internal enum Fault
{
    None,
    BeforeItArrives,
    AfterItArrived,
}

/// <summary>A place where code under test stands still until it is told to go on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task.InTime();

    public void Open() => _open.TrySetResult();

    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task;
    }

    /// <summary>A hook that holds the first operation of a name.</summary>
    public Func<string, Task> At(string operation)
    {
        var taken = 0;
        return what => string.Equals(what, operation, StringComparison.Ordinal) && Interlocked.Exchange(ref taken, 1) == 0 ? PassAsync() : Task.CompletedTask;
    }
}
