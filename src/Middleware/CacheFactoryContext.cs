namespace ScopedCaching;

/// <summary>Lets a factory control how its value is stored. Each factory run has its own instance; not thread-safe.</summary>
public sealed class CacheFactoryContext
{
    private CachePolicy _policy;

    internal CacheFactoryContext(CachePolicy policy, bool isRefresh) => (_policy, IsRefresh) = (policy, isRefresh);

    /// <summary>How the value is stored: the call's policy, unless the factory sets another one. The lease and timeouts always come from the call's policy.</summary>
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

    /// <summary>Whether a value already exists, either stale or about to become stale.</summary>
    public bool IsRefresh { get; }

    /// <summary>Whether the value is stored.</summary>
    /// <value>The default is true. If false, the value only goes to the callers that are waiting for it.</value>
    public bool Stores { get; set; } = true;
}
