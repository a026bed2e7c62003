using Microsoft.Extensions.Caching.Hybrid;

namespace ScopedCaching;

/// <summary>Makes the <see cref="HybridCache"/> of an explicit customer, user and session, for work outside a request. A singleton. Thread-safe.</summary>
public interface IScopedHybridCacheFactory
{
    /// <summary>The cache at the level that <c>AddScopedHybridCache()</c> was given, with the same entries as in the customer's requests.</summary>
    /// <param name="customer">As in <see cref="IScopedCacheFactory.Create"/>.</param>
    /// <param name="user">The user's id within the customer; the session level needs it.</param>
    /// <param name="session">The session's id; the session level needs it.</param>
    HybridCache Create(string? customer, string? user = null, string? session = null);
}
