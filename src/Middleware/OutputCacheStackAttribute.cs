namespace ScopedCaching;

/// <summary>
/// Caches whole responses of a controller, an action, a Razor page or a minimal API, separately for each customer, so that it is safe for signed-in users. The attribute is all you need: there is no <c>Use…</c> call
/// and no required order, because it works on the endpoint itself, after authorization. Only <c>GET</c> responses are cached; <c>HEAD</c> requests are answered from them. Without a customer, the endpoint runs as usual.
/// </summary>
/// <remarks>
/// <para>
/// An entry is identified by customer (or session, see <see cref="Level"/>), endpoint, scheme, host, path, culture and, unless <see cref="VaryByQuery"/> says otherwise, the whole query. A page that
/// shows one user's data needs <see cref="VaryByUser"/>: without it, all users of a customer who may call the endpoint get the same page.
/// </para>
/// <para>
/// The most specific attribute applies as a whole: action, then controller, then group. An impossible combination throws an
/// <see cref="InvalidOperationException"/> at the first request to the endpoint. Responses are sent but not stored if they set cookies, forbid storing, have a status other than 200, or vary on something
/// that is not listed here.
/// </para>
/// <para>
/// A request with an <c>Authorization</c> header is answered from the cache only if its user was identified by an authentication scheme that does not keep sign-ins (as cookies do), or if
/// <see cref="VaryByHeader"/> names that header. Otherwise the endpoint runs, and nothing is stored.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OutputCacheStackAttribute : Attribute
{
    /// <summary>How many seconds a response is served from the cache.</summary>
    /// <value>The default is 0: as in the policy.</value>
    public int Seconds { get; set; }

    /// <summary>The name of a policy, from <see cref="ScopedCacheOptions.Policies"/> or the configuration (<c>Cache:Policies:pages:Expiration</c>). If there is no such policy, the first request throws. The policy's serializer and factory timeouts have no effect here.</summary>
    /// <value>The default is null: the application's default policy.</value>
    public string? Policy { get; set; }

    /// <summary>The query parameters that are part of the key; an empty list for none, <c>*</c> for the whole query. Parameters that are left out must not affect the response.</summary>
    /// <value>The default is null: the whole query, exactly as it appears in the address.</value>
    public string[]? VaryByQuery { get; set; }

    /// <summary>The request headers that are part of the key. A response whose <c>Vary</c> names other headers is not stored.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByHeader { get; set; }

    /// <summary>Route values that are part of the key in addition to the path, such as values produced by a transformer.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByRoute { get; set; }

    /// <summary>Whether each user of a customer has separate responses. A signed-in user whose id is not known is not served from the cache.</summary>
    /// <value>The default is false. Not allowed at the service level, where users of different customers may have the same id.</value>
    public bool VaryByUser { get; set; }

    /// <summary>Whether users with different roles have separate responses.</summary>
    /// <value>The default is false.</value>
    public bool VaryByRoles { get; set; }

    /// <summary>Claims that are part of the key, by type or by their name in the token. All values of these claims in all authenticated identities count.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByClaim { get; set; }

    /// <summary>Tags by which responses are evicted together (<see cref="IOutputCacheStackEviction"/>), in addition to those of the policy.</summary>
    /// <value>The default is null: those of the policy.</value>
    public string[]? Tags { get; set; }

    /// <summary>The level the responses belong to. At the service level, all customers get the same responses.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>: the customer's.</value>
    public StorageLevel Level { get; set; }

    /// <summary>How many seconds after it expires a response is still served while one request renders it anew.</summary>
    /// <value>The default is 0: as in the policy.</value>
    public int StaleFor { get; set; }

    /// <summary>Whether the endpoint is excluded from caching although its controller or group is cached.</summary>
    /// <value>The default is false.</value>
    public bool NoStore { get; set; }

    /// <summary>What <c>.OutputCacheStack(TimeSpan)</c> was given, which may be no whole number of seconds.</summary>
    internal TimeSpan? Expiration { get; init; }
}
