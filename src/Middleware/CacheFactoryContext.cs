namespace ScopedCaching;

/// <summary>What a factory can say about the value that it returns. One factory run's own; not thread-safe.</summary>
public sealed class CacheFactoryContext
{
    private CachePolicy _policy;

    internal CacheFactoryContext(CachePolicy policy, bool isRefresh) => (_policy, IsRefresh) = (policy, isRefresh);

    /// <summary>How the value is stored: the call's policy, unless the factory sets another. Its lease and timeouts have been taken from the call's already.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public CachePolicy Policy
    {
        get => _policy;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _policy = value;
        }
    }

    /// <summary>Whether there is a value already, stale or soon to be.</summary>
    public bool IsRefresh { get; }

    /// <summary>Whether the value is stored.</summary>
    /// <value>The default is true. With false it only goes to those who wait for it.</value>
    public bool Stores { get; set; } = true;
}
