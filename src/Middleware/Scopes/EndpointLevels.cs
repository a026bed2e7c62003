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

        // MVC appends a group's metadata after that of action and controller, so the last is not the most specific there;
        // its own description of the action holds only the controller's and then the action's.
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
