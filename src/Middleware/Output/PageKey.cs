using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ScopedCaching.Scopes;

namespace ScopedCaching.Output;

/// <summary>
/// The key of a request's response within its customer's scope: endpoint, scheme, host, path, culture, and what the attribute varies by. Every part stands with its length, so
/// that no text, whatever it holds, can be taken for another part.
/// </summary>
internal ref struct PageKey
{
    private char[]? _rented;
    private Span<char> _chars;
    private int _length;

    private PageKey(Span<char> initial) => _chars = initial;

    public static string Of(HttpContext context, PageTerms terms, string? user)
    {
        var key = new PageKey(stackalloc char[512]);
        try
        {
            var request = context.Request;
            key.Add(terms.Endpoint);
            key.Add(request.Scheme);
            key.Add(request.Host.Value);
            key.Add(request.PathBase.Value);
            key.Add(request.Path.Value);
            key.Add(CultureInfo.CurrentCulture.Name);
            key.Add(CultureInfo.CurrentUICulture.Name);
            key.AddQuery(request, terms.Query);
            key.AddHeaders(request, terms.Headers);
            key.AddRoutes(request, terms.Routes);
            key.AddUser(context.User, terms, user);
            return new string(key._chars[..key._length]);
        }
        finally
        {
            if (key._rented is { } rented)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Whether the route values that count are values: of an object of the application's own the text need not tell which one it is.</summary>
    public static bool Tells(HttpRequest request, PageTerms terms)
    {
        foreach (var name in terms.Routes)
        {
            if (request.RouteValues[name] is not (null or string or IFormattable or IConvertible))
            {
                return false;
            }
        }

        return true;
    }

    private void AddQuery(HttpRequest request, string[]? names)
    {
        if (names is null)
        {
            var query = request.QueryString.Value;
            Add(query?.Contains(HeaderCredentials.AccessToken, StringComparison.OrdinalIgnoreCase) == true ? Digest(query) : query);
            return;
        }

        foreach (var name in names)
        {
            var values = request.Query[name];
            AddValues('q', name, name.Equals(HeaderCredentials.AccessToken, StringComparison.OrdinalIgnoreCase) ? Digests(values) : values);
        }
    }

    private void AddHeaders(HttpRequest request, string[] names)
    {
        foreach (var name in names)
        {
            var values = request.Headers[name];
            AddValues('h', name, IsSecret(name) ? Digests(values) : values);
        }
    }

    // Keys are shown to who looks after the caches (the inspector), and who reads credentials can use them.
    private static bool IsSecret(string header) =>
        header.Equals(HeaderNames.Authorization, StringComparison.OrdinalIgnoreCase)
        || header.Equals(HeaderNames.ProxyAuthorization, StringComparison.OrdinalIgnoreCase)
        || header.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase);

    private static StringValues Digests(StringValues values) => new([.. values.Select(Digest)]);

    private static string Digest(string? text) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));

    private void AddRoutes(HttpRequest request, string[] names)
    {
        foreach (var name in names)
        {
            AddValues('r', name, Convert.ToString(request.RouteValues[name], CultureInfo.InvariantCulture));
        }
    }

    private void AddUser(ClaimsPrincipal user, PageTerms terms, string? id)
    {
        if (terms.ByUser)
        {
            AddValues('u', "", id);
        }

        if (terms.ByRoles)
        {
            AddValues('o', "", Values(user, null));
        }

        foreach (var type in terms.Claims)
        {
            AddValues('c', type, Values(user, type));
        }
    }

    /// <summary>The values of a claim of all authenticated identities, or their roles, in one order.</summary>
    private static StringValues Values(ClaimsPrincipal user, string? type)
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var identity in user.Identities)
        {
            if (!identity.IsAuthenticated)
            {
                continue;
            }

            foreach (var claim in identity.Claims)
            {
                if (ClaimNames.IsOfType(claim, type ?? identity.RoleClaimType) || (type is not null && ClaimNames.WasInToken(claim, type)))
                {
                    values.Add(claim.Value);
                }
            }
        }

        return new StringValues([.. values]);
    }

    private void AddValues(char kind, string name, StringValues values)
    {
        Reserve(1);
        _chars[_length++] = kind;
        Add(name);
        AddNumber(values.Count, ';');
        foreach (var value in values)
        {
            Add(value);
        }
    }

    /// <summary>No text is something else than a text of no length.</summary>
    private void Add(string? text)
    {
        if (text is null)
        {
            AddNumber(-1, ':');
            return;
        }

        Add(text.AsSpan());
    }

    private void Add(ReadOnlySpan<char> text)
    {
        AddNumber(text.Length, ':');
        Reserve(text.Length);
        text.CopyTo(_chars[_length..]);
        _length += text.Length;
    }

    private void AddNumber(int number, char end)
    {
        const int Longest = 11;
        Reserve(Longest + 1);
        number.TryFormat(_chars[_length..], out var written, provider: CultureInfo.InvariantCulture);
        _length += written;
        _chars[_length++] = end;
    }

    private void Reserve(int more)
    {
        if (_chars.Length - _length >= more)
        {
            return;
        }

        var larger = ArrayPool<char>.Shared.Rent(Math.Max(_chars.Length * 2, _length + more));
        _chars[.._length].CopyTo(larger);
        if (_rented is { } rented)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        _chars = _rented = larger;
    }
}
