namespace ScopedCaching;

/// <summary>
/// Who may see and do what in the inspector (<c>app.MapScopedCacheInspector("/cache", o => …)</c>). Read once, when it is mapped; what does not fit together is an exception there.
/// </summary>
public sealed class ScopedCacheInspectorOptions
{
    /// <summary>The authorization policy of all its pages and answers.</summary>
    /// <value>
    /// The default is null: only in Development, and there only requests from this machine itself, addressed to it by a loopback name, are answered, and those may do everything. Elsewhere a policy must be named.
    /// </value>
    public string? AuthorizationPolicy { get; set; }

    /// <summary>
    /// The authorization policy, beyond <see cref="AuthorizationPolicy"/>, of those who see other customers' keys and change what is not their own customer's: other customers' entries,
    /// other sessions' and the service level.
    /// </summary>
    /// <value>The default is null: nobody.</value>
    public string? ManagePolicy { get; set; }

    /// <summary>Whether values can be read: those of the signed-in customer and session, and of the service level; never another's, whatever the policy.</summary>
    /// <value>The default is null: in Development only.</value>
    public bool? AllowReadingValues { get; set; }

    /// <summary>Whether values can be set and updated: those of the signed-in customer and session, and under <see cref="ManagePolicy"/> of the service level.</summary>
    /// <value>The default is null: in Development only.</value>
    public bool? AllowWritingValues { get; set; }
}
