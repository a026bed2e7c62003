using Microsoft.AspNetCore.Http;
using ScopedCaching.Memcached;
using ScopedCaching.Scopes;

namespace ScopedCaching.Inspector;

/// <summary>Who asks the inspector: their own scopes, as their own requests to the application have them, and whether they manage others'.</summary>
/// <param name="Stack">Null: there is no customer.</param>
/// <param name="Session">Null: there is no session.</param>
/// <param name="Manages">Whether they may see and change what is not their own.</param>
/// <param name="Request">What the server calls the request, in the access log too: who it was is found there, and not told here.</param>
internal sealed record InspectorCaller(EntryScope? Stack, EntryScope? Session, bool Manages, string Request)
{
    public static async Task<InspectorCaller> OfAsync(HttpContext context, ScopeResolvers resolvers, EntryScopes scopes, InspectorAccess access)
    {
        var binding = RequestBinding.Of(context);
        var customer = await binding.CustomerAsync(context, resolvers.Customer).ConfigureAwait(false);
        var user = customer is null ? null : await binding.UserAsync(context, resolvers.User).ConfigureAwait(false);
        var session = user is null ? null : await binding.SessionAsync(context, resolvers.Session).ConfigureAwait(false);
        return new InspectorCaller(
            customer is null ? null : scopes.Stack(customer, ""),
            session is null ? null : scopes.Session(customer!, user!, session, ""),
            access.IsOpen || await access.MayManageAsync(context).ConfigureAwait(false),
            context.TraceIdentifier);
    }

    /// <summary>Whether it is their customer's own scope, or their session's; of whatever view.</summary>
    public bool Owns(EntryScope scope)
    {
        var whole = scope.View.Length == 0 ? scope : scope.WithView("");
        return whole.Equals(Stack) || whole.Equals(Session);
    }

    /// <summary>Their own scope of a level; of the service level, everybody's. Null where they have none.</summary>
    public EntryScope? Own(StorageLevel level, EntryScopes scopes) => level switch
    {
        StorageLevel.Stack => Stack,
        StorageLevel.Session => Session,
        _ => scopes.Service(""),
    };
}
