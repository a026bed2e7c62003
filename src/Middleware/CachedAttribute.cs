namespace ScopedCaching;

/// <summary>
/// Caches a function. Put it on a partial method, and write the body in a method named <c>…Uncached</c> (<c>…UncachedAsync</c> if the name ends in Async) beside it;
/// the caching code is generated at compile time. Or put it on an interface's method, and register the service with <c>AddCached</c>. Results are stored,
/// including nulls; exceptions are not. The function gets a companion (<c>GetProfileCache</c> for <c>GetProfileAsync</c>), which clears, refreshes, reads and sets its cached values.
/// </summary>
/// <remarks>
/// The key consists of the function and its arguments, except a <see cref="CancellationToken"/>, an <see cref="IScopedCache"/> and the parameter of <see cref="SkipWhen"/>.
/// Properties that are not set come from the type's <see cref="CacheDefaultsAttribute"/>, then from the application's default policy. Invalid uses are compile-time
/// errors whose id starts with SC.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CachedAttribute : Attribute
{
    /// <summary>How many seconds a value lives after it was stored.</summary>
    /// <value>The default is 0: as in the policy.</value>
    public int Seconds { get; set; }

    /// <summary>A policy: the name of a static field or property of the type, or else the name of a policy from the configuration.</summary>
    /// <value>The default is null: the application's default policy. If the configuration does not contain the name either, each call throws an <see cref="InvalidOperationException"/>.</value>
    public string? Policy { get; set; }

    /// <summary>The level of the cache.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>.</value>
    public StorageLevel Level { get; set; }

    /// <summary>
    /// The key, in place of the function's name and arguments: a template in which <c>{parameter}</c> and <c>{parameter.Path}</c> stand for values, or the name of a
    /// method of the type that returns the key and takes some of the function's parameters by name.
    /// </summary>
    /// <value>The default is null: the function's name and arguments.</value>
    public string? Key { get; set; }

    /// <summary>A prefix for all keys of the function.</summary>
    /// <value>The default is null: none.</value>
    public string? KeyPrefix { get; set; }

    /// <summary>
    /// What the key varies on: names of parameters, paths such as <c>user.Id</c> or <c>this.Id</c> (a null along the path counts as a value), or names of methods of the
    /// type that take some of the function's parameters by name and return a value for the key. An empty list means a single entry.
    /// </summary>
    /// <value>The default is null: all parameters.</value>
    public string[]? VaryOn { get; set; }

    /// <summary>
    /// When to run the function and store its result whatever is cached: the name of a boolean parameter, which is then not part of the key, or the name of a method of the
    /// type that returns a boolean and takes some of the function's parameters by name.
    /// </summary>
    /// <value>The default is null: never.</value>
    public string? SkipWhen { get; set; }

    /// <summary>
    /// The function's version. Entries of other versions are misses. The default is a hash of the body, so that entries of a changed body become misses, as is desired after
    /// a deployment. Change the version when code called by the body has changed.
    /// </summary>
    /// <value>The default is null: a hash of the body; for an interface's method, a hash of its result type.</value>
    public string? Version { get; set; }

    /// <summary>Tags by which values are cleared together (<see cref="ICache.RemoveByTagAsync"/>), in addition to those of the policy.</summary>
    /// <value>The default is null: those of the policy.</value>
    public string[]? Tags { get; set; }

    /// <summary>A type that runs the body: an <see cref="ICachedFunctionInvoker"/> with a parameterless constructor.</summary>
    /// <value>The default is null: the body runs directly.</value>
    public Type? Invoker { get; set; }
}
