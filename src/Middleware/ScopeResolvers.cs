using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>
/// Finds the customer of a request, where claims, routes or hosts do not do. Give it to <see cref="CustomerResolution.From(ICustomerKeyResolver)"/>,
/// or register it as a singleton service, which then wins over the options. Must be thread-safe.
/// </summary>
public interface ICustomerKeyResolver
{
    /// <summary>
    /// The customer key, compared exactly; null or blank when it is not known. What was found is remembered for the request as long as its user, the user's claims and its endpoint stay the same.
    /// </summary>
    ValueTask<string?> ResolveAsync(HttpContext context);
}

/// <summary>
/// Finds the session id of a request. Give it to <see cref="SessionResolution.From(ISessionIdResolver)"/>, or register it as a singleton service, which
/// then wins over the options. Must be thread-safe.
/// </summary>
public interface ISessionIdResolver
{
    /// <summary>
    /// The session's id, compared exactly; null or blank when it is not known. What was found is remembered for the request as long as its user, the user's claims and its endpoint stay the same.
    /// </summary>
    ValueTask<string?> ResolveAsync(HttpContext context);
}
