using System.Collections.Concurrent;

namespace FleetNode;

/// <summary>Where factories wait until they are told to go on. Each gate is closed until it is opened, and then stays open.</summary>
internal sealed class Gates
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);

    public bool Open(string gate) => Of(gate).TrySetResult();

    public Task WaitAsync(string gate, CancellationToken cancellationToken) => Of(gate).Task.WaitAsync(cancellationToken);

    private TaskCompletionSource Of(string gate) => _gates.GetOrAdd(gate, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
