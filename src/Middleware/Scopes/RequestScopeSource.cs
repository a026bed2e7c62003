using Microsoft.AspNetCore.Http;
using ScopedCaching.Memcached;

namespace ScopedCaching.Scopes;

/// <summary>The customer, user and session of one request, and of no other: every use compares the current request's own object with the one it was made in.</summary>
/// <remarks>The binding is null when this was made outside any request, or in services that are not the request's own.</remarks>
internal sealed class RequestScopeSource(
    IHttpContextAccessor accessor, RequestBinding? binding, ScopeResolvers resolvers, EntryScopes scopes, StorageLevel defaultLevel) : IScopeSource
{
    private SessionScope? _session;

    public StorageLevel Level => Current() is { } context ? EndpointLevels.Of(context) ?? defaultLevel : defaultLevel;

    public OperationLog? Log => binding?.Log;

    public bool IsFixed => false;

    public RequestMemory? Memory => binding?.Memory;

    public bool IsBypassed => binding is { IsBypassed: true };

    public CancellationToken Aborted => Current()?.RequestAborted ?? CancellationToken.None;

    public ValueTask<EntryScope> ScopeAsync(StorageLevel level, string view)
    {
        var context = Current() ?? throw new ScopeUnavailableException(
            "This IScopedCache does not belong to the current request. It works only within the request that it was injected into, until that request ends, and from that request's own " +
            "services: not in a singleton, a hub, a circuit, a separate service scope, or work that outlives the request. In those places, create one with IScopedCacheFactory.Create(customer, user, session).");
        return level switch
        {
            StorageLevel.Service => new(scopes.Service(view)),
            StorageLevel.Stack => StackAsync(context, view),
            StorageLevel.Session => SessionAsync(context, view),
            _ => throw new ArgumentOutOfRangeException(nameof(level)),
        };
    }

    public async ValueTask<FixedScopeSource> FixAsync()
    {
        if (Current() is not { } context)
        {
            return new FixedScopeSource(scopes, Level, customer: null, user: null, session: null);
        }

        return new FixedScopeSource(
            scopes,
            Level,
            await binding!.CustomerAsync(context, resolvers.Customer).ConfigureAwait(false),
            await binding.UserAsync(context, resolvers.User).ConfigureAwait(false),
            await binding.SessionAsync(context, resolvers.Session).ConfigureAwait(false),
            IsBypassed);
    }

    private HttpContext? Current() =>
        binding is { Ended: false } && accessor.HttpContext is { } context && ReferenceEquals(context.Features.Get<RequestBinding>(), binding) ? context : null;

    private async ValueTask<EntryScope> StackAsync(HttpContext context, string view) =>
        scopes.Stack(
            await binding!.CustomerAsync(context, resolvers.Customer).ConfigureAwait(false) ?? throw resolvers.CustomerUnknown(StorageLevel.Stack), view);

    private async ValueTask<EntryScope> SessionAsync(HttpContext context, string view)
    {
        var customer = await binding!.CustomerAsync(context, resolvers.Customer).ConfigureAwait(false) ?? throw resolvers.CustomerUnknown(StorageLevel.Session);
        var user = await binding.UserAsync(context, resolvers.User).ConfigureAwait(false) ?? throw resolvers.UserUnknown();
        var session = await binding.SessionAsync(context, resolvers.Session).ConfigureAwait(false) ?? throw resolvers.SessionUnknown();

        // The last one is kept, for a page that reads its session's cache several times.
        var key = (customer, user, session, view);
        if (Volatile.Read(ref _session) is not { } last || last.Key != key)
        {
            last = new SessionScope(key, scopes.Session(customer, user, session, view));
            Volatile.Write(ref _session, last);
        }

        return last.Scope;
    }

    private sealed record SessionScope((string Customer, string User, string Session, string View) Key, EntryScope Scope);
}
