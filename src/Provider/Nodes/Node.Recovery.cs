using System.Diagnostics.CodeAnalysis;
using ScopedCaching.Memcached.Connections;
using ScopedCaching.Memcached.Protocol;
using ScopedCaching.Memcached.Removals;
using ScopedCaching.Memcached.Waiting;

namespace ScopedCaching.Memcached.Nodes;

/// <content>
/// The way back: a probe is answered, older connections catch up, and the journal is delivered. Then, and not before, the server is asked again.
/// </content>
internal sealed partial class Node
{
    private const int MostProbes = 4;
    private const int LargestBatch = 512;
    private const int CatchingUpLooks = 10;

    private static readonly TimeSpan s_catchingUpPause = TimeSpan.FromMilliseconds(10);

    /// <summary>How many removals the server has not got yet.</summary>
    public int Undelivered => _journal.Count;

    /// <summary>
    /// Remembers a removal that did not reach the server, and sends it before anything else. False: there is no room for it. Removals that clear a whole scope
    /// use room that is kept for them.
    /// </summary>
    /// <param name="key">As it goes over the wire: printable ASCII.</param>
    /// <param name="usesReserve">Whether it clears more than itself.</param>
    public bool Remember(ReadOnlySpan<byte> key, bool usesReserve = false)
    {
        var isRemembered = _journal.TryAdd(key, usesReserve);
        DeliverSoon();
        return isRemembered;
    }

    private static ReadOnlySpan<byte> ProbeKey => "scopedcaching:health"u8;

    private static bool IsFault(Exception exception) => exception is MemcachedException or IOException or ObjectDisposedException;

    private void DeliverSoon()
    {
        if (!_journal.IsEmpty && _health.TryInterrupt())
        {
            RunApart(() => Recover(isProbed: false));
        }
    }

    // No thread of the pool: those may all be busy with callers who ask without end because they are refused at once.
    private static void RunApart(ThreadStart work) => new Thread(work) { IsBackground = true, Name = "memcached recovery" }.UnsafeStart();

    private void Probe()
    {
        var probe = new MultiplexedConnection(_transport, _limits, _operations, _time);
        MultiplexedConnection? oldest = null;
        lock (_lock)
        {
            if (_disposed || _isRetired)
            {
                return;
            }

            if (_probes.Count == MostProbes)
            {
                oldest = _probes[0];
                _probes.RemoveAt(0);
            }

            _probes.Add(probe);
        }

        oldest?.Dispose();
        RunApart(() => Probe(probe));
    }

    private void Probe(MultiplexedConnection probe)
    {
        try
        {
            BlockingCaller.Run(probe, static connection =>
            {
                // Any reply will do: it bears the token, so who gave it understands what it is asked.
                var wait = connection.ExecuteAsync<Reply>(new MetaRequest { Verb = Verb.Get, Key = ProbeKey }, wantsArray: false, CancellationToken.None);
                connection.Start();
                return wait;
            }).Release();
        }
        catch (Exception fault) when (IsFault(fault))
        {
            return;
        }
        finally
        {
            probe.Dispose();
            lock (_lock)
            {
                _probes.Remove(probe);
            }
        }

        if (_health.TryRecover())
        {
            Recover(isProbed: true);
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever it is, the server stays down and is probed again.")]
    private void Recover(bool isProbed)
    {
        try
        {
            CatchUp(isProbed);
            BlockingCaller.Run(this, static node => node.DeliverAsync());
        }
        catch (Exception fault)
        {
            _health.GoDown(fault);
            return;
        }

        lock (_lock)
        {
            EndProbesUnderLock();
        }

        _health.Recovered();
        DeliverSoon();
    }

    /// <summary>
    /// What older connections still hold is to take effect before what comes now. A server that answers others and not on such a connection has lost it.
    /// </summary>
    private void CatchUp(bool isProbed)
    {
        var pause = new object();
        for (var slot = 0; slot < _connections.Length; slot++)
        {
            var connection = Volatile.Read(ref _connections[slot]);
            for (var look = 0; look < CatchingUpLooks && connection is { IsBehind: true, IsBroken: false }; look++)
            {
                lock (pause)
                {
                    Monitor.Wait(pause, s_catchingUpPause);
                }
            }

            if (connection is not { IsBehind: true, IsBroken: false })
            {
                continue;
            }

            if (!isProbed)
            {
                throw new MemcachedTimeoutException($"The server {Name} did not answer in time.");
            }

            connection.Dispose();
        }
    }

    /// <summary>Sends what is in the journal until it is empty. Each key over its own connection, behind what was asked of it before.</summary>
    private async ValueTask<bool> DeliverAsync()
    {
        var most = Math.Clamp(_limits.QueuedOperations / 2, 1, LargestBatch);
        while (_journal.Peek(most) is { Count: > 0 } batch)
        {
            Exception? first = null;
            var waits = new List<ValueTask<bool>>(batch.Count);
            try
            {
                batch.ForEach(entry => waits.Add(DeliverAsync(entry)));
            }
            catch (Exception refusal) when (IsFault(refusal))
            {
                first = refusal;
            }

            for (var i = 0; i < waits.Count; i++)
            {
                try
                {
                    await waits[i].ConfigureAwait(false);
                    _journal.Delivered(batch[i]);
                }
                catch (Exception fault) when (IsFault(fault))
                {
                    first ??= fault;
                }
            }

            if (first is not null)
            {
                throw first as MemcachedLinkException ?? new MemcachedConnectionException($"Removals could not be delivered to the server {Name}: {first.Message}", first);
            }
        }

        return true;
    }

    private ValueTask<bool> DeliverAsync(RemovalEntry entry)
    {
        var request = new MetaRequest { Verb = Verb.Delete, Key = entry.Key };
        return ExecuteAnewAsync<bool>(SlotOf(request), request, wantsArray: false, CancellationToken.None);
    }

    private void EndProbesUnderLock()
    {
        _probes.ForEach(static probe => probe.Dispose());
        _probes.Clear();
    }
}
