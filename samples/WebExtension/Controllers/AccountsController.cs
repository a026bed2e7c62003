using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using ScopedCaching;
using WebExtension.Core;
using WebExtension.Endpoints;

namespace WebExtension.Controllers;

/// <summary>Accounts belong to a customer, and so do their cache entries: see <see cref="CachedAccounts"/>.</summary>
[ApiController, Authorize, Route("api/accounts")]
public sealed partial class AccountsController(
    CachedAccounts accounts, IOutputCacheStackEviction pages, CoreSystem core, ILogger<AccountsController> logger) : ControllerBase
{
    private string Customer => User.FindFirstValue(CustomerResolution.DefaultClaim)!;

    [HttpGet]
    public async Task<IReadOnlyList<Account>> List(CancellationToken cancellationToken) =>
        await accounts.ListAsync(Customer, cancellationToken);

    // ?fresh=true asks the core system whatever is cached, and caches its answer.
    [HttpGet("{id}")]
    public async Task<ActionResult<Account>> Get(string id, bool fresh, CancellationToken cancellationToken) =>
        await accounts.FindAsync(new AccountQuery(Customer, id), fresh, cancellationToken) is { } account ? account : NotFound();

    [HttpPost("{id}/transfer")]
    public async Task<ActionResult> Transfer(string id, TransferRequest request, CancellationToken cancellationToken)
    {
        if (request.Amount <= 0 || decimal.Round(request.Amount, 2) != request.Amount || string.Equals(id, request.To, StringComparison.Ordinal))
        {
            return Problem("Transfer a positive amount, in whole cents, to another account.", statusCode: StatusCodes.Status400BadRequest);
        }

        var transfer = new Transfer(Customer, id, request.To, request.Amount);
        var outcome = await core.TransferAsync(transfer, cancellationToken);
        if (outcome != TransferOutcome.Done)
        {
            return outcome == TransferOutcome.UnknownAccount ? NotFound() : Problem("There is not enough money in the account.", statusCode: StatusCodes.Status409Conflict);
        }

        var undelivered = await accounts.ForgetAsync(transfer);
        undelivered += await pages.EvictByEndpointAsync(StatementEndpoints.Route, cancellationToken: CancellationToken.None) ? 0 : 1;
        if (undelivered > 0)
        {
            LogStale(logger, undelivered);
        }

        return NoContent();
    }

    [LoggerMessage(1, LogLevel.Warning, "{Count} removals did not reach the cache: old balances may be seen until they expire.")]
    private static partial void LogStale(ILogger logger, int count);
}

/// <summary>Where to, and how much.</summary>
public sealed record TransferRequest(string To, decimal Amount);
