using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;

namespace ScopedCaching.Scopes;

/// <summary>The level that an endpoint asks for: the most specific attribute.</summary>
internal static class EndpointLevels
{
    public static StorageLevel? Of(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata)
        {
            return null;
        }

        // What is said of all controllers at once, MapControllers().CacheLevel(…), stands after what action and controller say, so the last is not
        // the most specific there; MVC's own description of the action holds only the controller's and then the action's.
        if (metadata.GetMetadata<ActionDescriptor>()?.EndpointMetadata is { } own)
        {
            for (var i = own.Count - 1; i >= 0; i--)
            {
                if (own[i] is CacheLevelAttribute attribute)
                {
                    return attribute.Level;
                }
            }
        }

        return metadata.GetMetadata<CacheLevelAttribute>()?.Level;
    }
}
