namespace ScopedCaching;

/// <summary>
/// Evicts responses stored by <see cref="OutputCacheStackAttribute"/>, immediately and for all processes. Responses being rendered at that moment are not stored. Each call costs one write per
/// level or tag, however many responses there are. A singleton: the customer is that of the request in which a method is called; for other customers, and outside requests, use <see cref="For"/>. Thread-safe.
/// </summary>
/// <remarks>
/// A method returns false if the eviction was not delivered; responses may then still be found. Other processes keep serving from their memory (<see cref="CachePolicy.LocalFor"/>) until that time has passed, or until
/// <see cref="ScopedCacheOptions.GenerationPoll"/> detects the change.
/// </remarks>
public interface IOutputCacheStackEviction
{
    /// <summary>Evicts all responses of the customer, the session, or the service level. Other entries are kept.</summary>
    /// <exception cref="ScopeUnavailableException">The customer, or another part of the level's scope, is not known.</exception>
    ValueTask<bool> EvictAsync(StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>Evicts the responses with any of the tags, and all other entries of that level and customer that have them, because tags belong to the level.</summary>
    /// <exception cref="ArgumentException">The list is empty, or a tag is empty or too long.</exception>
    /// <exception cref="ScopeUnavailableException">The customer, or another part of the level's scope, is not known.</exception>
    ValueTask<bool> EvictByTagAsync(IReadOnlyCollection<string> tags, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>Evicts the responses of an endpoint, in all variants.</summary>
    /// <param name="routePattern">The endpoint's route as it is declared, including groups and controllers: <c>accounts/{id}</c>. Leading and trailing slashes and case are ignored.</param>
    /// <param name="level">The level set by the endpoint's attribute.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ScopeUnavailableException">The customer, or another part of the level's scope, is not known.</exception>
    ValueTask<bool> EvictByEndpointAsync(string routePattern, StorageLevel level = StorageLevel.Stack, CancellationToken cancellationToken = default);

    /// <summary>Returns the same service for an explicit customer, user and session. A null or blank argument counts as not known.</summary>
    IOutputCacheStackEviction For(string? customer, string? user = null, string? session = null);
}
