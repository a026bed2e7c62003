using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScopedCaching.Inspector;

namespace ScopedCaching.Hosting;

/// <summary>The file of recent keys, where there is one.</summary>
internal sealed class RecentKeysKeeper(IServiceProvider provider, ScopedCacheOptions options, ILogger logger) : IDisposable
{
    private readonly RecentKeysFile? _file = options.RecentKeysPath is { } path && provider.GetRequiredService<Observation>().Keys is { } keys
        ? new RecentKeysFile(keys, path, provider.GetRequiredService<IDataProtectionProvider>(), provider.GetRequiredService<TimeProvider>(), logger)
        : null;

    /// <summary>Null: they are not remembered.</summary>
    public static RecentKeys? Remembered(IServiceProvider provider, ScopedCacheOptions options)
    {
        var isDevelopment = provider.GetService<IHostEnvironment>()?.IsDevelopment() == true;
        var capacity = options.RecentKeys ?? (isDevelopment ? ScopedCacheOptions.DefaultRecentKeys : 0);
        return capacity == 0 ? null : new RecentKeys(capacity, provider.GetRequiredService<TimeProvider>());
    }

    /// <summary>Takes over what other processes have written, now.</summary>
    public void Exchange() => _file?.Exchange();

    public void Dispose() => _file?.Dispose();
}
