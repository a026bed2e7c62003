namespace ScopedCaching;

/// <summary>
/// Caches whole responses of a controller, an action, a Razor page or a minimal API, apart for each customer: safe for signed-in users. It needs nothing else: no <c>Use…</c> call
/// and no order; it works on the endpoint itself, after authorization. Only <c>GET</c> is cached, and <c>HEAD</c> answered from it. Without a customer the endpoint simply runs.
/// </summary>
/// <remarks>
/// <para>
/// An entry is known by customer (or session, see <see cref="Level"/>), endpoint, scheme, host, path, culture and, unless <see cref="VaryByQuery"/> says otherwise, the whole query. A page that
/// shows what belongs to one user needs <see cref="VaryByUser"/>: without it all users of a customer who may call the endpoint get the same page.
/// </para>
/// <para>
/// The most specific attribute counts as a whole: action, then controller, then what groups were told. What cannot work together is an
/// <see cref="InvalidOperationException"/> at the first request to the endpoint. Responses that set cookies, forbid storing, are not a plain 200, or vary on what is not listed here are
/// answered and not stored.
/// </para>
/// <para>
/// A request with an <c>Authorization</c> header is answered from the cache only if an authentication scheme that does not keep sign-ins, as cookies do, has found its user, or
/// <see cref="VaryByHeader"/> names that header. Else the endpoint runs, and nothing is stored.
/// </para>
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OutputCacheStackAttribute : Attribute
{
    /// <summary>How many seconds a response is answered from the cache.</summary>
    /// <value>The default is 0: as the policy says.</value>
    public int Seconds { get; set; }

    /// <summary>A policy's name, from <see cref="ScopedCacheOptions.Policies"/> or the configuration (<c>Cache:Policies:pages:Expiration</c>); one that there is not is an exception at the first request. Its serializer and its timeouts of factories have no meaning here.</summary>
    /// <value>The default is null: the application's default policy.</value>
    public string? Policy { get; set; }

    /// <summary>The query's names that count; an empty list for none, <c>*</c> for the whole query. What is left out must not change the response.</summary>
    /// <value>The default is null: the whole query, as it stands in the address.</value>
    public string[]? VaryByQuery { get; set; }

    /// <summary>Request headers that count. A response whose <c>Vary</c> names others is not stored.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByHeader { get; set; }

    /// <summary>Route values that count beside the path, such as what a transformer made.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByRoute { get; set; }

    /// <summary>Whether each user of a customer has responses of their own. A user who is signed in and whose id is not known is not answered from the cache.</summary>
    /// <value>The default is false. Not at the service level, where users of different customers may have the same id.</value>
    public bool VaryByUser { get; set; }

    /// <summary>Whether users with different roles have responses of their own.</summary>
    /// <value>The default is false.</value>
    public bool VaryByRoles { get; set; }

    /// <summary>Types of claims, or the names they had in their tokens, that count, with all values that the authenticated identities have of them.</summary>
    /// <value>The default is null: none.</value>
    public string[]? VaryByClaim { get; set; }

    /// <summary>Tags by which responses are evicted together (<see cref="IOutputCacheStackEviction"/>), beside those of the policy.</summary>
    /// <value>The default is null: those of the policy.</value>
    public string[]? Tags { get; set; }

    /// <summary>Whose the responses are. At the service level all customers get the same ones.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>: the customer's.</value>
    public StorageLevel Level { get; set; }

    /// <summary>How many seconds beyond its time a response is still answered while one request renders it anew.</summary>
    /// <value>The default is 0: as the policy says.</value>
    public int StaleFor { get; set; }

    /// <summary>Whether the endpoint is not cached, though its controller or group is.</summary>
    /// <value>The default is false.</value>
    public bool NoStore { get; set; }

    /// <summary>What <c>.OutputCacheStack(TimeSpan)</c> was given, which may be no whole number of seconds.</summary>
    internal TimeSpan? Expiration { get; init; }
}
