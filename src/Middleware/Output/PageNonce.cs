using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ScopedCaching.Output;

/// <summary>
/// Whether a page bears the nonce of its content security policy. It is good for one response: the policy of the next one has another, so that the page's scripts would not run; and a
/// policy that was stored with its page would let whoever has seen it run theirs.
/// </summary>
internal static class PageNonce
{
    // 'nonce-<base64>'
    private const string Start = "'nonce-";

    public static bool IsIn(IHeaderDictionary headers, ReadOnlySpan<byte> body) =>
        IsIn(headers.ContentSecurityPolicy, body) || IsIn(headers.ContentSecurityPolicyReportOnly, body);

    private static bool IsIn(StringValues policies, ReadOnlySpan<byte> body)
    {
        foreach (var policy in policies)
        {
            var rest = policy.AsSpan();
            while (rest.IndexOf(Start, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            {
                rest = rest[(at + Start.Length)..];
                var end = rest.IndexOf('\'');
                var nonce = (end >= 0 ? rest[..end] : rest).ToString();
                if (nonce.Length > 0 && (Contains(body, nonce) || Contains(body, HtmlEncoder.Default.Encode(nonce))))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Contains(ReadOnlySpan<byte> body, string text) => body.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
