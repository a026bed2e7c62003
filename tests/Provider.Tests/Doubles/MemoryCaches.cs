using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;
using Microsoft.Extensions.Options;

namespace Provider.Tests.Doubles;

internal static class MemoryCaches
{
    /// <summary>The platform's own cache in memory, by a clock of the test's.</summary>
    public static MemoryDistributedCache Create(TimeProvider? clock = null)
    {
        var options = new MemoryDistributedCacheOptions();
        if (clock is not null)
        {
            options.Clock = new Clock(clock);
        }

        return new MemoryDistributedCache(Options.Create(options));
    }

    private sealed class Clock(TimeProvider time) : ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
