using Microsoft.Extensions.DependencyInjection;
using ScopedCaching.Memcached;

namespace Middleware.Tests.Doubles;

internal static class PatienceExtensions
{
    /// <summary>A machine that is busy is no outage, and a clock that is moved must not let what is on its way time out.</summary>
    public static IServiceCollection WithPatience(this IServiceCollection services) =>
        services.Configure<MemcachedOptions>(static options => (options.Timeout, options.ConnectTimeout) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)));
}
