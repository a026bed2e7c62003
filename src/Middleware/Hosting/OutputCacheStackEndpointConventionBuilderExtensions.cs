using ScopedCaching;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Caches the whole responses of endpoints and groups, apart for each customer.</summary>
public static class OutputCacheStackEndpointConventionBuilderExtensions
{
    /// <summary>As <see cref="OutputCacheStackAttribute"/> does, with the application's default policy.</summary>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.OutputCacheStack(new OutputCacheStackAttribute());

    /// <summary>As <see cref="OutputCacheStackAttribute"/> does, for so long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, TimeSpan expiration)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expiration, TimeSpan.Zero);
        return builder.OutputCacheStack(new OutputCacheStackAttribute { Expiration = expiration });
    }

    /// <summary>As <see cref="OutputCacheStackAttribute"/> does, with its properties.</summary>
    public static TBuilder OutputCacheStack<TBuilder>(this TBuilder builder, Action<OutputCacheStackAttribute> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        var attribute = new OutputCacheStackAttribute();
        configure(attribute);
        return builder.OutputCacheStack(attribute);
    }

    /// <summary>As <see cref="OutputCacheStackAttribute"/> does, for so long and with its other properties.</summary>
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
        builder.Add(endpoint => endpoint.Metadata.Add(attribute));
        return builder;
    }
}
