using Provider.Tests.RealMemcached;

namespace Provider.Tests.Faults;

/// <summary>Three servers, of which one has its misfortunes while callers ask for keys of all of them.</summary>
[Collection(nameof(Provider.Tests.Doubles.Alone))]
public sealed class DyingServerTests
{
    public enum Death
    {
        Killed,
        Stopped,
        Unreachable,
        Silent,
        Lossy,
    }

    [Theory]
    [InlineData(Death.Killed)]
    [InlineData(Death.Stopped)]
    [InlineData(Death.Unreachable)]
    [InlineData(Death.Silent)]
    [InlineData(Death.Lossy)]
    public async Task One_of_three_dies_under_load_and_comes_back_and_nobody_reads_what_is_over(Death death)
    {
        await using var one = await RealMemcachedServer.StartAsync();
        await using var two = await RealMemcachedServer.StartAsync();
        await using var three = await RealMemcachedServer.StartAsync();
        RealMemcachedServer[] servers = [one, two, three];

        await FaultScene.PlayAsync(() => new FaultScene([.. servers.Select(server => server.EndPoint)], seed: 31), async scene =>
        {
            for (var round = 0; round < 3; round++)
            {
                var dying = servers[round];
                var proxy = scene.Proxies[round];
                switch (death)
                {
                    case Death.Killed:
                        dying.Kill();
                        break;
                    case Death.Stopped:
                        dying.Pause();
                        break;
                    case Death.Unreachable:
                        proxy.Refuse();
                        proxy.Cut(resets: true);
                        break;
                    case Death.Silent:
                        proxy.Requests.Fault = Fault.Lose();
                        break;
                    default:
                        proxy.Replies.Fault = Fault.CutWithin(3000, resets: true);
                        break;
                }

                // The others still answer meanwhile; entries whose generation stands on the dying one are misses.
                await scene.HitAsync(20, of: cache => cache is not FreshFace);
                await scene.CallAsync(20);
                if (death == Death.Killed)
                {
                    await dying.RestartAsync();
                }
                else if (death == Death.Stopped)
                {
                    dying.Resume();
                }

                proxy.Heal();
                await scene.RecoverAsync();
            }
        });
    }
}
