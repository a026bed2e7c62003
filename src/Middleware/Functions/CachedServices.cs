using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ScopedCaching.Functions;

/// <summary>The interfaces with cached functions, and how their services are wrapped. Filled by generated code when an assembly is loaded. Thread-safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CachedServices
{
    private static readonly ConcurrentDictionary<Type, CachedService> s_known = new();

    /// <summary>Tells of an interface.</summary>
    /// <typeparam name="TService">The interface.</typeparam>
    /// <typeparam name="TCache">The interface of its companions.</typeparam>
    /// <typeparam name="TWrapper">The generated class that is both.</typeparam>
    /// <param name="wrap">Wraps a service, given also how to get it in another scope.</param>
    public static void Add<TService, TCache, TWrapper>(Func<TService, IScopedCache, Func<IServiceProvider, TService>, TWrapper> wrap)
        where TService : class
        where TCache : class
        where TWrapper : class, TService, TCache =>
        s_known[typeof(TService)] = new CachedService(typeof(TCache), typeof(TWrapper), 
            (service, caches, again) => wrap((TService)service, caches, services => (TService)again(services)));

    /// <summary>How services of an interface are wrapped; null when it has no cached functions.</summary>
    internal static CachedService? Find(Type service)
    {
        // An assembly that was only named so far has not told of its interfaces yet.
        RuntimeHelpers.RunModuleConstructor(service.Module.ModuleHandle);
        return s_known.GetValueOrDefault(service);
    }
}

/// <summary>How services of one interface are wrapped.</summary>
/// <param name="Cache">The interface of the companions.</param>
/// <param name="Wrapper">The generated class.</param>
/// <param name="Wrap">Wraps a service.</param>
internal sealed record CachedService(Type Cache, Type Wrapper, Func<object, IScopedCache, Func<IServiceProvider, object>, object> Wrap);
