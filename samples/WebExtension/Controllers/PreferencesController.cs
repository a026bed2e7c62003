using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using ScopedCaching;
using WebExtension.Core;

namespace WebExtension.Controllers;

/// <summary>
/// Preferences of one sign-in. The attribute makes <see cref="IScopedCache.Cache"/> the session's: nobody else reads them, not even the same
/// user after signing in again. A cache may lose what it holds at any time; then the defaults are back.
/// </summary>
[ApiController, Authorize, Route("api/preferences"), CacheLevel(StorageLevel.Session)]
public sealed class PreferencesController(IScopedCache caches, CoreSystem core) : ControllerBase
{
    private const string Key = "preferences";

    private static readonly CachePolicy s_session = CachePolicy.For(TimeSpan.FromHours(8)) with { SlidingExpiration = TimeSpan.FromMinutes(30) };

    [HttpGet]
    public async Task<Preferences> Get(CancellationToken cancellationToken) =>
        await caches.Cache.GetOrCreateAsync(Key, core.LoadPreferencesAsync, s_session, cancellationToken);

    [HttpPut]
    public async Task<ActionResult> Put(Preferences preferences, CancellationToken cancellationToken) =>
        await caches.Cache.SetAsync(Key, preferences, s_session, cancellationToken)
            ? NoContent()
            : Problem("The preferences could not be kept.", statusCode: StatusCodes.Status503ServiceUnavailable);
}
