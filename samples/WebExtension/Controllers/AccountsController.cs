using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using ScopedCaching;
using WebExtension.Core;

namespace WebExtension.Controllers;

/// <summary>
/// Accounts belong to a customer, and so do their cache entries: the stack level keeps the customers apart, and keys need not name them.
/// </summary>
[ApiController, Authorize, Route("api/accounts")]
public sealed partial class AccountsController(IScopedCache caches, CoreSystem core, ILogger<AccountsController> logger) : ControllerBase
{
    private static readonly CachePolicy s_accounts = CachePolicy.For(TimeSpan.FromMinutes(10));

    private string Customer => User.FindFirstValue(CustomerResolution.DefaultClaim)!;

    [HttpGet]
    public async Task<IReadOnlyList<Account>> List(CancellationToken cancellationToken) =>
        await caches.StackCache.GetOrCreateAsync("accounts", token => core.ListAccountsAsync(Customer, token), s_accounts, cancellationToken);

    // A null is cached too: who asks again for an account that is not there does not ask the core system again.
    [HttpGet("{id}")]
    public async Task<ActionResult<Account>> Get(string id, CancellationToken cancellationToken) =>
        await caches.StackCache.GetOrCreateAsync($"account:{id}", token => core.FindAccountAsync(Customer, id, token), s_accounts, cancellationToken)
            is { } account ? account : NotFound();

    [HttpPost("{id}/transfer")]
    public async Task<ActionResult> Transfer(string id, TransferRequest request, CancellationToken cancellationToken)
    {
        if (request.Amount <= 0 || decimal.Round(request.Amount, 2) != request.Amount || string.Equals(id, request.To, StringComparison.Ordinal))
        {
            return Problem("Transfer a positive amount, in whole cents, to another account.", statusCode: StatusCodes.Status400BadRequest);
        }

        var outcome = await core.TransferAsync(new Transfer(Customer, id, request.To, request.Amount), cancellationToken);
        if (outcome != TransferOutcome.Done)
        {
            return outcome == TransferOutcome.UnknownAccount ? NotFound() : Problem("There is not enough money in the account.", statusCode: StatusCodes.Status409Conflict);
        }

        // The money has moved, so what it made stale goes, even if the user has stopped waiting.
        string[] stale = ["accounts", $"account:{id}", $"account:{request.To}"];
        var undelivered = await caches.StackCache.RemoveManyAsync(stale, CancellationToken.None);
        if (undelivered.Count > 0)
        {
            LogStale(logger, undelivered.Count, s_accounts.Expiration);
        }

        return NoContent();
    }

    [LoggerMessage(1, LogLevel.Warning, "{Count} removals did not reach the cache: old balances may be seen for up to {Expiration}.")]
    private static partial void LogStale(ILogger logger, int count, TimeSpan? expiration);
}

/// <summary>Where to, and how much.</summary>
public sealed record TransferRequest(string To, decimal Amount);
