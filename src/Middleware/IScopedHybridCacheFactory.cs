using Microsoft.Extensions.Caching.Hybrid;

namespace ScopedCaching;

/// <summary>Creates the <see cref="HybridCache"/> of an explicit customer, user and session, for work outside a request. A singleton. Thread-safe.</summary>
public interface IScopedHybridCacheFactory
{
    /// <summary>Creates the cache at the level passed to <c>AddScopedHybridCache()</c>. It has the same entries as in the customer's requests.</summary>
    /// <param name="customer">As in <see cref="IScopedCacheFactory.Create"/>.</param>
    /// <param name="user">The user's id within the customer; the session level needs it.</param>
    /// <param name="session">The session's id; the session level needs it.</param>
    HybridCache Create(string? customer, string? user = null, string? session = null);
}
