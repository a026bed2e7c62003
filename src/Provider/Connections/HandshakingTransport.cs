using Microsoft.Extensions.Logging;
using ScopedCaching.Memcached.Telemetry;
using ScopedCaching.Memcached.Transport;

namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// Opens links to one server that are ready for requests: authenticated, to a server that is new enough, and whose item limit is known. Why a link cannot come about as things are
/// set up is logged once, until it is another reason. Settings are named by their configuration section.
/// </summary>
internal sealed class HandshakingTransport(string server, ITransport inner, Credentials? credentials, ItemLimit limit, ILogger logger, string section = MemcachedOptions.DefaultSection)
    : ITransport
{
    private string? _toldRefusal;
    private string? _toldVersion;
    private int _hasToldOpenServer;

    /// <exception cref="MemcachedException">The server was reached, and does not let us in or does not answer as it must.</exception>
    /// <inheritdoc/>
    public ILink Connect(TimeSpan timeout)
    {
        var deadline = LinkDeadline.Within(timeout);
        try
        {
            var link = Open(timeout, deadline);
            _toldRefusal = null;
            return link;
        }
        catch (MemcachedLinkException refusal)
        {
            if (!string.Equals(Interlocked.Exchange(ref _toldRefusal, refusal.Message), refusal.Message, StringComparison.Ordinal))
            {
                Log.LinkRefused(logger, server, refusal.Message);
            }

            throw;
        }
    }

    private ILink Open(TimeSpan timeout, LinkDeadline deadline)
    {
        var link = inner.Connect(timeout);
        try
        {
            var facts = Handshake.Perform(link, server, credentials, deadline, section);
            limit.Learn(server, facts.ItemSizeLimit);
            TellOddities(facts);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private void TellOddities(in ServerFacts facts)
    {
        if (credentials is not null && facts.AsksForPassword == false && Interlocked.Exchange(ref _hasToldOpenServer, 1) == 0)
        {
            Log.PasswordNotAskedFor(logger, server, section);
        }

        if (!ServerVersion.TryParse(facts.Version, out _)
            && !string.Equals(Interlocked.Exchange(ref _toldVersion, facts.Version), facts.Version, StringComparison.Ordinal))
        {
            Log.VersionUnknown(logger, server, facts.Version, ServerVersion.Oldest);
        }
    }
}
