using System.Text;

namespace ScopedCaching.Memcached.Connections;

/// <summary>Who to authenticate as.</summary>
internal sealed record Credentials(string Username, string Password)
{
    // Any key would do, because a server that asks for a password takes the first "set" for it. One that does not ask stores an item, and so the item is one that has ended already: nobody can read it.
    private const string Command = "set scopedcaching:authentication 0 -1 ";

    public static Credentials? Of(MemcachedOptions options) =>
        options is { Username: { } username, Password: { } password } ? new Credentials(username, password) : null;

    // "set <key> 0 0 <length>\r\n<user> <password>\r\n"
    public byte[] ToRequest()
    {
        var value = Encoding.UTF8.GetBytes($"{Username} {Password}");
        return [.. Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Command}{value.Length}\r\n")), .. value, .. "\r\n"u8];
    }

    public override string ToString() => nameof(Credentials);
}
