using ScopedCaching.Memcached.Transport;

namespace Provider.Tests.Doubles;

/// <summary>A way to a server that can be cut and mended, while the server goes on and keeps what it has.</summary>
internal sealed class CuttableTransport(ITransport inner) : ITransport
{
    private readonly Lock _lock = new();
    private readonly List<ILink> _links = [];
    private bool _isCut;

    public ILink Connect(TimeSpan timeout)
    {
        lock (_lock)
        {
            if (_isCut)
            {
                throw new IOException("There is no way.");
            }

            var link = inner.Connect(timeout);
            _links.Add(link);
            return link;
        }
    }

    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            _links.ForEach(static link => link.Dispose());
            _links.Clear();
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            _isCut = false;
        }
    }
}
