using Microsoft.AspNetCore.Http;

namespace ScopedCaching;

/// <summary>
/// Determines the customer of a request when claims, routes or hosts are not enough. Pass it to <see cref="CustomerResolution.From(ICustomerKeyResolver)"/>,
/// or register it as a singleton service, which then takes precedence over the options. Must be thread-safe.
/// </summary>
public interface ICustomerKeyResolver
{
    /// <summary>
    /// Returns the customer key, which is compared exactly; null or blank if it is not known. The result is remembered for the request as long as the user, the user's claims and the endpoint stay the same.
    /// </summary>
    ValueTask<string?> ResolveAsync(HttpContext context);
}

/// <summary>
/// Determines the session id of a request. Pass it to <see cref="SessionResolution.From(ISessionIdResolver)"/>, or register it as a singleton service, which
/// then takes precedence over the options. Must be thread-safe.
/// </summary>
public interface ISessionIdResolver
{
    /// <summary>
    /// Returns the session's id, which is compared exactly; null or blank if it is not known. The result is remembered for the request as long as the user, the user's claims and the endpoint stay the same.
    /// </summary>
    ValueTask<string?> ResolveAsync(HttpContext context);
}
