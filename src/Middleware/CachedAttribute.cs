namespace ScopedCaching;

/// <summary>
/// Caches a function. Write it on a partial method, and the body into <c>…Uncached</c> (<c>…UncachedAsync</c> for a name that ends in Async) beside it;
/// the caching is generated at compile time. Or write it on an interface's method, and register the service with <c>AddCached</c>. Results are stored,
/// nulls too; exceptions are not. Beside the function stands its companion (<c>GetProfileCache</c> for <c>GetProfileAsync</c>), which clears, refreshes, reads and primes.
/// </summary>
/// <remarks>
/// The key is the function and its arguments, except a <see cref="CancellationToken"/>, an <see cref="IScopedCache"/> and the parameter of <see cref="SkipWhen"/>.
/// What is left out falls to <see cref="CacheDefaultsAttribute"/> of the type, then to the application's default policy. What cannot work is a compile-time
/// error whose id starts with SC.
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CachedAttribute : Attribute
{
    /// <summary>How many seconds after it was stored a value ends.</summary>
    /// <value>The default is 0: as the policy says.</value>
    public int Seconds { get; set; }

    /// <summary>A policy: the name of a static field or property of the type, or else of a policy from the configuration.</summary>
    /// <value>The default is null: the application's default policy. A name that the configuration does not have either is an <see cref="InvalidOperationException"/> at each call.</value>
    public string? Policy { get; set; }

    /// <summary>Whose cache.</summary>
    /// <value>The default is <see cref="StorageLevel.Stack"/>.</value>
    public StorageLevel Level { get; set; }

    /// <summary>
    /// The key instead of the function's name and arguments: a text in which <c>{parameter}</c> and <c>{parameter.Path}</c> stand for values, or the name of a
    /// method of the type that returns it and takes some of the function's parameters by their names.
    /// </summary>
    /// <value>The default is null: the function's name and arguments.</value>
    public string? Key { get; set; }

    /// <summary>Stands in front of all keys of the function.</summary>
    /// <value>The default is null: nothing.</value>
    public string? KeyPrefix { get; set; }

    /// <summary>
    /// What the key varies on: names of parameters, paths such as <c>user.Id</c> or <c>this.Id</c> (a null on the way is a value), or names of methods of the
    /// type that take some of the function's parameters by their names and return a value for the key. An empty list makes one entry.
    /// </summary>
    /// <value>The default is null: all parameters.</value>
    public string[]? VaryOn { get; set; }

    /// <summary>
    /// When to run the function and store its result, whatever is cached: the name of a boolean parameter, which is then no part of the key, or of a method of the
    /// type that returns a boolean and takes some of the function's parameters by their names.
    /// </summary>
    /// <value>The default is null: never.</value>
    public string? SkipWhen { get; set; }

    /// <summary>
    /// The function's version: entries of another one are misses. Left out it is a hash of the body, so that entries of a changed body are misses, as is wanted after
    /// a deploy. Change it when what the body calls has changed.
    /// </summary>
    /// <value>The default is null: a hash of the body; of an interface's method, of its result type.</value>
    public string? Version { get; set; }

    /// <summary>Tags by which values are cleared together (<see cref="ICache.RemoveByTagAsync"/>), beside those of the policy.</summary>
    /// <value>The default is null: those of the policy.</value>
    public string[]? Tags { get; set; }

    /// <summary>A type that runs the body: an <see cref="ICachedFunctionInvoker"/> with a constructor without parameters.</summary>
    /// <value>The default is null: the body is simply run.</value>
    public Type? Invoker { get; set; }
}
