using System.Buffers.Binary;
using System.Buffers.Text;
using ScopedCaching.Memcached.Buffers;
using ScopedCaching.Memcached.Envelope;

namespace ScopedCaching.Memcached.Sealing;

/// <summary>
/// The chunks of one payload, in a store. A few at a time are on their way, so that neither memory nor the connection is filled by one value. Their keys are the entry's, then
/// <c>~k</c>, then the payload's random id and the chunk's index: they go where the entry goes, and nobody finds those of a payload whose manifest is gone.
/// </summary>
internal sealed class ChunkStore(ICacheStore store, ReadOnlyMemory<byte> entryKey, ChunkManifest manifest) : IDisposable
{
    /// <summary>The longest chunk: memcached keeps up to 512 KiB in one piece, its own bookkeeping and the key included.</summary>
    public const int Longest = (512 << 10) - 512;

    private const int WindowBytes = 2 << 20;
    private const int MostInWindow = 64;
    private const int IdLength = 16;

    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(1);

    private readonly ChunkCipher _cipher = new(manifest);

    private int Window => Math.Clamp(WindowBytes / (manifest.PartLength + ChunkManifest.Overhead), 1, MostInWindow);

    /// <summary>Seals and sends. A fault, or a chunk that was not stored, is thrown: then there is no value.</summary>
    /// <param name="payload">The whole.</param>
    /// <param name="flags">The manifest's.</param>
    /// <param name="life">Of the manifest; chunks live longer.</param>
    /// <param name="timeout">How long a window may take.</param>
    /// <param name="verifies">Whether what was stored is read back.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WriteAsync(
        ReadOnlyMemory<byte> payload, uint flags, TimeSpan? life, TimeSpan timeout, bool verifies, CancellationToken cancellationToken)
    {
        life = LifeOfChunks(life, timeout);
        using var chunks = new PooledBuffer(Window * (manifest.PartLength + ChunkManifest.Overhead));
        for (var first = 0; first < manifest.Count; first += Window)
        {
            chunks.Clear();
            var items = new KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[Math.Min(Window, manifest.Count - first)];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = new(KeyOf(first + i), new StoreWrite(Seal(first + i, payload, chunks), flags, life));
            }

            var outcomes = await store.SetManyAsync(items, cancellationToken).ConfigureAwait(false);
            if (Array.Exists(outcomes, static outcome => outcome != WriteOutcome.Stored) || (verifies && !await AreAsync(items, cancellationToken).ConfigureAwait(false)))
            {
                throw new MemcachedConnectionException("A chunk of a large value could not be written.");
            }
        }
    }

    /// <summary>The payload, all of it authentic; null for none, and <see cref="OpenOutcome"/> says why.</summary>
    public async Task<(OpenOutcome Outcome, PooledSequence? Payload)> ReadAsync(CancellationToken cancellationToken)
    {
        var payload = new PooledSequence(manifest.PartLength);
        var outcome = OpenOutcome.Opened;
        try
        {
            for (var first = 0; first < manifest.Count && outcome == OpenOutcome.Opened; first += Window)
            {
                var items = await store.GetManyAsync(Keys(first), cancellationToken).ConfigureAwait(false);
                ThrowIfUnreachable(items);
                for (var i = 0; i < items.Length; i++)
                {
                    outcome = outcome == OpenOutcome.Opened ? Open(first + i, items[i], payload) : outcome;
                    items[i].Release();
                }
            }
        }
        finally
        {
            if (outcome != OpenOutcome.Opened || payload.Length < manifest.Length)
            {
                payload.Dispose();
            }
        }

        return (outcome, outcome == OpenOutcome.Opened ? payload : null);
    }

    /// <summary>Whether all chunks are there, whatever is in them; where the store counts sliding windows by itself, that starts theirs anew.</summary>
    public async Task<bool> AreThereAsync(CancellationToken cancellationToken)
    {
        var areThere = true;
        for (var first = 0; first < manifest.Count && areThere; first += MostInWindow)
        {
            var pending = new Task<StoredItem>[Math.Min(MostInWindow, manifest.Count - first)];
            for (var i = 0; i < pending.Length; i++)
            {
                pending[i] = store.GetAsync(KeyOf(first + i), withValue: false, cancellationToken).AsTask();
            }

            var items = await Task.WhenAll(pending).ConfigureAwait(false);
            ThrowIfUnreachable(items);
            areThere = Array.TrueForAll(items, static item => item.Found);
            Array.ForEach(items, static item => item.Release());
        }

        return areThere;
    }

    /// <summary>Gives the chunks another life, without waiting for an answer.</summary>
    public void Touch(TimeSpan life, TimeSpan timeout)
    {
        for (var i = 0; i < manifest.Count; i++)
        {
            store.Touch(KeyOf(i), LifeOfChunks(life, timeout)!.Value);
        }
    }

    /// <summary>Gives the chunks another life where the store cannot touch: each is read, and written back as it is. False: one was not there, or not stored.</summary>
    public async Task<bool> RewriteAsync(uint flags, TimeSpan? life, TimeSpan timeout, CancellationToken cancellationToken)
    {
        life = LifeOfChunks(life, timeout);
        for (var first = 0; first < manifest.Count; first += Window)
        {
            var keys = Keys(first);
            var items = await store.GetManyAsync(keys, cancellationToken).ConfigureAwait(false);
            ThrowIfUnreachable(items);
            try
            {
                if (Array.Exists(items, static item => !item.Found))
                {
                    return false;
                }

                var writes = items.Select((item, i) => KeyValuePair.Create(keys[i], new StoreWrite(item.Value, flags, life))).ToArray();
                var outcomes = await store.SetManyAsync(writes, cancellationToken).ConfigureAwait(false);
                if (Array.Exists(outcomes, static outcome => outcome != WriteOutcome.Stored))
                {
                    return false;
                }
            }
            finally
            {
                Array.ForEach(items, static item => item.Release());
            }
        }

        return true;
    }

    public void Dispose() => _cipher.Dispose();

    /// <summary>Longer than the manifest's by more than writing all of them can take, and than two clocks that count whole seconds differ.</summary>
    private TimeSpan? LifeOfChunks(TimeSpan? life, TimeSpan timeout)
    {
        var windows = ((manifest.Count - 1) / Window) + 1;
        var margin = s_margin + (2 * timeout * windows);
        return life < TimeSpan.MaxValue - margin ? life + margin : life;
    }

    private ReadOnlyMemory<byte> Seal(int index, ReadOnlyMemory<byte> payload, PooledBuffer chunks)
    {
        // There is room for the whole window from the beginning: what is sealed does not move any more.
        var start = chunks.Length;
        var length = manifest.LengthOf(index);
        var chunk = chunks.GetSpan(length + ChunkManifest.Overhead)[..(length + ChunkManifest.Overhead)];
        _cipher.Seal(index, payload.Span.Slice((int)((long)index * manifest.PartLength), length), chunk);
        chunks.Advance(chunk.Length);
        return chunks.WrittenMemory[start..];
    }

    /// <summary>What nobody could be asked for is not missing.</summary>
    private static void ThrowIfUnreachable(StoredItem[] items)
    {
        if (Array.Exists(items, static item => item.IsUnreachable))
        {
            Array.ForEach(items, static item => item.Release());
            throw new MemcachedConnectionException("Not all chunks of a large value could be asked for.");
        }
    }

    private OpenOutcome Open(int index, in StoredItem item, PooledSequence payload)
    {
        if (!item.Found)
        {
            return OpenOutcome.ChunkMissing;
        }

        var length = manifest.LengthOf(index);
        if (!_cipher.TryOpen(index, item.Value.Span, payload.GetSpan(length)[..length]))
        {
            return OpenOutcome.Tampered;
        }

        payload.Advance(length);
        return OpenOutcome.Opened;
    }

    private async Task<bool> AreAsync(KeyValuePair<ReadOnlyMemory<byte>, StoreWrite>[] written, CancellationToken cancellationToken)
    {
        var items = await store.GetManyAsync(Array.ConvertAll(written, static item => item.Key), cancellationToken).ConfigureAwait(false);
        var areSame = true;
        for (var i = 0; i < items.Length; i++)
        {
            areSame &= items[i].Found && items[i].Value.Span.SequenceEqual(written[i].Value.Value.Span);
            items[i].Release();
        }

        return areSame;
    }

    private ReadOnlyMemory<byte>[] Keys(int first)
    {
        var keys = new ReadOnlyMemory<byte>[Math.Min(Window, manifest.Count - first)];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = KeyOf(first + i);
        }

        return keys;
    }

    private byte[] KeyOf(int index)
    {
        Span<byte> name = stackalloc byte[IdLength + sizeof(int)];
        manifest.Id.TryWriteBytes(name);
        BinaryPrimitives.WriteInt32LittleEndian(name[IdLength..], index);
        var key = new byte[entryKey.Length + 2 + Base64Url.GetEncodedLength(name.Length)];
        entryKey.Span.CopyTo(key);
        "~k"u8.CopyTo(key.AsSpan(entryKey.Length));
        Base64Url.EncodeToUtf8(name, key.AsSpan(entryKey.Length + 2));
        return key;
    }
}
