using ScopedCaching.Caching;

namespace ScopedCaching.Functions;

/// <summary>
/// The policy of a function: application, then class, then function, where later wins. The generator has merged class and function. This is the one place
/// that turns a function's terms into a policy.
/// </summary>
internal sealed class FunctionPolicy(CachedFunctionTerms terms)
{
    // The base is nearly always the same object; the last one is kept, because the layer below knows policies by their identity.
    private Adapted? _last;

    /// <summary>The policy; null for the cache's own default.</summary>
    /// <exception cref="InvalidOperationException">There is no policy of the name that the function asks for.</exception>
    public CachePolicy? For(IScopedCache caches, ICache cache)
    {
        var given = terms.PolicyName is { } name ? Named(name, caches) : terms.Policy;
        if (terms.Seconds == 0 && terms.Tags.Count == 0)
        {
            return given;
        }

        given ??= (cache as IFunctionCache)?.DefaultPolicy ?? CachePolicy.Default;
        if (Volatile.Read(ref _last) is not { } last || !ReferenceEquals(last.Base, given))
        {
            last = new Adapted(given, Adapt(given));
            Volatile.Write(ref _last, last);
        }

        return last.Policy;
    }

    private CachePolicy Named(string name, IScopedCache caches)
    {
        try
        {
            return caches.GetPolicy(name);
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidOperationException($"[Cached] on '{terms.Name}': {refusal.Message}", refusal);
        }
    }

    private CachePolicy Adapt(CachePolicy policy) => policy with
    {
        Expiration = terms.Seconds == 0 ? policy.Expiration : TimeSpan.FromSeconds(terms.Seconds),
        Tags = [.. policy.Tags, .. terms.Tags.Except(policy.Tags, StringComparer.Ordinal)],
    };

    private sealed record Adapted(CachePolicy Base, CachePolicy Policy);
}
