namespace ScopedCaching;

/// <summary>
/// Evicts responses that <see cref="OutputCacheStackAttribute"/> stored: at once, for all processes, and what is being rendered meanwhile is not stored. Each call costs one write a
/// level or tag, however many responses there are. A singleton: the customer is that of the request in which a method is called; for others, and outside requests, see <see cref="For"/>. Thread-safe.
/// </summary>
/// <remarks>
/// False: not delivered, and responses may still be found. Process memory (<see cref="CachePolicy.LocalFor"/>) of other processes goes on until its time is over, or
/// <see cref="ScopedCacheOptions.GenerationPoll"/> sees the change.
/// </remarks>
public interface IOutputCacheStackEviction
{
    /// <summary>Evicts all responses of the customer, or of the session, or of the service level. Other entries stay.</summary>
    /// <exception cref="ScopeUnavailableException">The customer, or what else the level needs, is not known.</exception>
    ValueTask<bool> EvictAsync(StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>Evicts the responses with one of the tags, and everything else of that level and customer that bears it: tags are the level's own.</summary>
    /// <exception cref="ArgumentException">There is no tag, or one is empty or too long.</exception>
    /// <exception cref="ScopeUnavailableException">The customer, or what else the level needs, is not known.</exception>
    ValueTask<bool> EvictByTagAsync(IReadOnlyCollection<string> tags, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>Evicts the responses of an endpoint, in all variants.</summary>
    /// <param name="routePattern">The endpoint's route as it was written, groups and controllers included: <c>accounts/{id}</c>. A slash in front or at the end, and case, do not count.</param>
    /// <param name="level">The level that the endpoint's attribute says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ScopeUnavailableException">The customer, or what else the level needs, is not known.</exception>
    ValueTask<bool> EvictByEndpointAsync(string routePattern, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>The same for an explicit customer, user and session. What is null or blank is not known.</summary>
    IOutputCacheStackEviction For(string? customer, string? user = null, string? session = null);
}
