using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching.Scopes;

/// <summary>ASP.NET Core's session, which notes whether anybody looked into it or changed it. Our own resolvers look past it: they ask whose request it is.</summary>
internal sealed class WatchedSession(ISession inner) : ISession
{
    public bool IsUsed { get; private set; }

    public ISession Unwatched => inner;

    public bool IsAvailable => inner.IsAvailable;

    public string Id => Used().Id;

    public IEnumerable<string> Keys => Used().Keys;

    public Task LoadAsync(CancellationToken cancellationToken = default) => inner.LoadAsync(cancellationToken);

    public Task CommitAsync(CancellationToken cancellationToken = default) => inner.CommitAsync(cancellationToken);

    public bool TryGetValue(string key, [NotNullWhen(true)] out byte[]? value) => Used().TryGetValue(key, out value);

    public void Set(string key, byte[] value) => Used().Set(key, value);

    public void Remove(string key) => Used().Remove(key);

    public void Clear() => Used().Clear();

    private ISession Used()
    {
        IsUsed = true;
        return inner;
    }
}
