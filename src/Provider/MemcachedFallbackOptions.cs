namespace ScopedCaching.Memcached;

/// <summary>
/// Other servers, that the application is moving away from: what <see cref="MemcachedOptions.Servers"/> do not have yet is taken over from them, so that the move does not begin with an
/// empty cache. From the configuration section <c>Cache:Fallback</c>. Adding them takes a restart; leaving them out of a reloaded configuration ends their use.
/// </summary>
public sealed class MemcachedFallbackOptions
{
    /// <summary>The servers that are being left, in all the forms that <see cref="MemcachedOptions.Servers"/> takes.</summary>
    /// <value>The default is empty: there are none.</value>
    public IList<MemcachedEndpoint> Servers { get; set; } = [];

    /// <summary>How long asking them may take, the connecting included. After a failure they are left alone for a second.</summary>
    /// <value>The default is 250 milliseconds. Allowed are 10 milliseconds to 5 minutes.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(250);
}
