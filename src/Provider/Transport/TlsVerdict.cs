using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ScopedCaching.Memcached.Transport;

/// <summary>What the platform found wrong with a server's certificate. It is noted down here to be told, and never decided otherwise.</summary>
internal sealed class TlsVerdict
{
    /// <summary>What is wrong; null: nothing, or it did not come to that.</summary>
    public string? Problem { get; private set; }

    public bool Take(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        var states = chain?.ChainStatus.Select(static state => state.Status.ToString()).Distinct(StringComparer.Ordinal) ?? [];
        Problem = string.Join(", ", [errors.ToString(), .. states]);
        return false;
    }
}
