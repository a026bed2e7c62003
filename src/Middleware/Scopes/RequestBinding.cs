using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching.Scopes;

/// <summary>
/// One request's own object, by which a cache knows its request again: servers reuse <see cref="HttpContext"/> objects, so those cannot tell. Keeps
/// what was resolved, as long as the user, the user's claims and the endpoint stay the same.
/// </summary>
internal sealed class RequestBinding
{
    private readonly Remembered?[] _remembered = new Remembered?[3];
    private UserSnapshot? _user;
    private volatile bool _ended;
    private RequestMemory? _memory;

    public OperationLog Log { get; } = new();

    /// <summary>Made when a cache is used first.</summary>
    public RequestMemory Memory => _memory ?? Interlocked.CompareExchange(ref _memory, new RequestMemory(), comparand: null) ?? _memory;

    /// <summary>Whether somebody said that this request is not to be cached.</summary>
    public bool IsBypassed { get; set; }

    public bool Ended => _ended;

    public static RequestBinding Of(HttpContext context)
    {
        if (context.Features.Get<RequestBinding>() is { } binding)
        {
            return binding;
        }

        binding = new RequestBinding();
        context.Features.Set(binding);
        context.Features.Set<IScopedCacheFeature>(binding.Log);
        context.Response.OnCompleted(
            static state =>
            {
                ((RequestBinding)state)._ended = true;
                return Task.CompletedTask;
            },
            binding);
        return binding;
    }

    public ValueTask<string?> CustomerAsync(HttpContext context, ScopeResolver resolver) => ResolveAsync(context, resolver, Part.Customer);

    public ValueTask<string?> UserAsync(HttpContext context, ScopeResolver resolver) => ResolveAsync(context, resolver, Part.User);

    public ValueTask<string?> SessionAsync(HttpContext context, ScopeResolver resolver) => ResolveAsync(context, resolver, Part.Session);

    private async ValueTask<string?> ResolveAsync(HttpContext context, ScopeResolver resolver, Part part)
    {
        if (Volatile.Read(ref _remembered[(int)part]) is { } known && known.Fits(context))
        {
            return known.Value;
        }

        // Who the user is must be read before the resolver runs, so that a sign-in meanwhile does not get the answer for the user before.
        var (user, endpoint) = (resolver.Remembered ? Snapshot(context.User) : null, context.GetEndpoint());
        var value = await resolver.ResolveAsync(context).ConfigureAwait(false);

        // "Not known" is never remembered: the user may sign in, or the session start, within the same request.
        Volatile.Write(ref _remembered[(int)part], user is not null && !string.IsNullOrWhiteSpace(value) ? new Remembered(value, user, endpoint) : null);
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }

    private UserSnapshot Snapshot(ClaimsPrincipal user)
    {
        if (Volatile.Read(ref _user) is not { } known || !known.IsStill(user))
        {
            known = new UserSnapshot(user);
            Volatile.Write(ref _user, known);
        }

        return known;
    }

    private enum Part
    {
        Customer,
        User,
        Session,
    }

    private sealed record Remembered(string Value, UserSnapshot User, Endpoint? Endpoint)
    {
        public bool Fits(HttpContext context) => User.IsStill(context.User) && ReferenceEquals(Endpoint, context.GetEndpoint());
    }
}
