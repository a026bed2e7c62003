namespace ScopedCaching.Memcached.Connections;

/// <summary>
/// What one caller asks in one go, of however many connections: it is gathered, and sent when all was asked, or when there is enough of it. Between beginning and end the caller's thread only
/// asks; who else asks meanwhile sends for itself, and takes along what was gathered.
/// </summary>
internal static class SendBatch
{
    [ThreadStatic]
    private static List<MultiplexedConnection>? t_asked;

    [ThreadStatic]
    private static bool t_isOpen;

    /// <summary>Whether what the current thread asks is one of many.</summary>
    public static bool IsOpen => t_isOpen;

    public static void Begin() => t_isOpen = true;

    /// <summary>
    /// What is asked next sends itself, and takes along what was gathered for the same connection. Its caller goes on as after any other request, together with the others whose replies come.
    /// </summary>
    public static void Last() => t_isOpen = false;

    /// <summary>Sends what was gathered.</summary>
    public static void End()
    {
        t_isOpen = false;
        if (t_asked is { Count: > 0 } asked)
        {
            foreach (var connection in asked)
            {
                // Else it is sent with what the other callers ask that this thread lets go on.
                if (!AnsweredCallers.IsGathering(connection))
                {
                    connection.SendGathered(isReader: false);
                }
            }

            asked.Clear();
        }
    }

    /// <summary>Whether what the current thread asks of <paramref name="connection"/> will be sent at the <see cref="End"/>.</summary>
    public static bool IsGathering(MultiplexedConnection connection)
    {
        if (!t_isOpen)
        {
            return false;
        }

        var asked = t_asked ??= [];
        if (!asked.Contains(connection))
        {
            asked.Add(connection);
        }

        return true;
    }
}
