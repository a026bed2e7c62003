namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// The largest item the servers take, as they told it when connections to them were opened: the least of all, because which server an item goes to is not known where its size is
/// looked at. Thread-safe.
/// </summary>
internal sealed class ItemLimit
{
    /// <summary>memcached's own default, in bytes.</summary>
    public const int Default = 1 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _told = new(StringComparer.Ordinal);
    private volatile int _least = Default;

    /// <summary>The limit that counts beside a configured one.</summary>
    public int Within(int? configured) => Math.Min(configured ?? int.MaxValue, _least);

    /// <param name="server">The server's name.</param>
    /// <param name="limit">What the server told; null: it does not tell, and <see cref="Default"/> is taken.</param>
    public void Learn(string server, int? limit)
    {
        lock (_lock)
        {
            _told[server] = limit ?? Default;
            FindLeastUnderLock();
        }
    }

    /// <summary>Forgets what servers told that are no longer among the configured ones.</summary>
    public void Keep(IReadOnlyCollection<string> servers)
    {
        lock (_lock)
        {
            foreach (var former in _told.Keys.Where(server => !servers.Contains(server, StringComparer.Ordinal)).ToArray())
            {
                _told.Remove(former);
            }

            FindLeastUnderLock();
        }
    }

    private void FindLeastUnderLock() => _least = _told.Count == 0 ? Default : _told.Values.Min();
}
