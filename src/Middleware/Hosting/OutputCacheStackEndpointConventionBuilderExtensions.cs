using ScopedCaching;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Caches whole responses of endpoints and groups, separately for each customer.</summary>
public static class OutputCacheStackEndpointConventionBuilderExtensions
{
    /// <summary>Caches responses as <see cref="OutputCacheStackAttribute"/> does, with the application's default policy.</summary>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.OutputCacheStack(new OutputCacheStackAttribute());

    /// <summary>Caches responses as <see cref="OutputCacheStackAttribute"/> does, with the given expiration.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, TimeSpan expiration)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expiration, TimeSpan.Zero);
        return builder.OutputCacheStack(new OutputCacheStackAttribute { Expiration = expiration });
    }

    /// <summary>Caches responses as <see cref="OutputCacheStackAttribute"/> does, with the properties set by <paramref name="configure"/>.</summary>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, Action<OutputCacheStackAttribute> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        var attribute = new OutputCacheStackAttribute();
        configure(attribute);
        return builder.OutputCacheStack(attribute);
    }

    /// <summary>Caches responses as <see cref="OutputCacheStackAttribute"/> does, with the given expiration and the other properties set by <paramref name="configure"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, TimeSpan expiration, Action<OutputCacheStackAttribute> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expiration, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(configure);
        var attribute = new OutputCacheStackAttribute { Expiration = expiration };
        configure(attribute);
        return builder.OutputCacheStack(attribute);
    }

    private static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, OutputCacheStackAttribute attribute)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Add(endpoint =>
        {
            // Nobody would read the attribute.
            if (endpoint.ApplicationServices.GetService(typeof(IScopedCacheFactory)) is null)
            {
                throw new InvalidOperationException($"'{endpoint.DisplayName}' has OutputCacheStack(), but there is no cache: call AddMemcachedScopedCache().");
            }

            endpoint.Metadata.Add(attribute);
        });
        return builder;
    }
}
