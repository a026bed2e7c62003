namespace ScopedCaching.Memcached.Ring;

/// <summary>A server as the ring knows it: by what is configured, never by an address that a name resolves to.</summary>
/// <param name="Name">The host, or a Unix-domain socket's path.</param>
/// <param name="Port">The port; 0 for a Unix-domain socket.</param>
/// <param name="Weight">Its share of the keys, beside the others' weights.</param>
internal readonly record struct RingServer(string Name, int Port, int Weight = 1);
