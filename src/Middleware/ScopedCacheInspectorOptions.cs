namespace ScopedCaching;

/// <summary>
/// Controls access to the inspector (<c>app.MapScopedCacheInspector("/cache", o => …)</c>). Read once, when the inspector is mapped; an inconsistent combination throws an exception at that point.
/// </summary>
public sealed class ScopedCacheInspectorOptions
{
    /// <summary>The authorization policy for all of the inspector's pages and responses.</summary>
    /// <value>
    /// The default is null: the inspector works only in Development, where it answers only requests from this machine that address it by a loopback name, and these may do everything. In other environments a policy is required.
    /// </value>
    public string? AuthorizationPolicy { get; set; }

    /// <summary>
    /// The authorization policy that users need, in addition to <see cref="AuthorizationPolicy"/>, to see other customers' keys and to change entries outside their own customer and session: other customers' entries,
    /// other sessions' entries and the service level.
    /// </summary>
    /// <value>The default is null: no user may do this.</value>
    public string? ManagePolicy { get; set; }

    /// <summary>Whether values can be read: those of the signed-in customer and session, and of the service level; never those of others, whatever the policy.</summary>
    /// <value>The default is null: in Development only.</value>
    public bool? AllowReadingValues { get; set; }

    /// <summary>Whether values can be set and updated: those of the signed-in customer and session, and, with <see cref="ManagePolicy"/>, those of the service level.</summary>
    /// <value>The default is null: in Development only.</value>
    public bool? AllowWritingValues { get; set; }
}
