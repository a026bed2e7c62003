namespace ScopedCaching.Memcached;

/// <summary>
/// The servers that the application is moving away from. Entries that <see cref="MemcachedOptions.Servers"/> do not have yet are taken over from them, so that the move does not start with an
/// empty cache. From the configuration section <c>Cache:Fallback</c>. Adding them requires a restart; removing them from a reloaded configuration ends their use.
/// </summary>
public sealed class MemcachedFallbackOptions
{
    /// <summary>The servers to move away from, in any of the forms that <see cref="MemcachedOptions.Servers"/> accepts.</summary>
    /// <value>The default is empty: there are none.</value>
    public IList<MemcachedEndpoint> Servers { get; set; } = [];

    /// <summary>How long a request to them may take, including connecting. After a failure they are not asked for one second.</summary>
    /// <value>The default is 250 milliseconds. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(250);
}
