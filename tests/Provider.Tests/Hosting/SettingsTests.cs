using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ScopedCaching.Memcached;

namespace Provider.Tests.Hosting;

public sealed class SettingsTests
{
    private static readonly (string, string?) s_server = ("Cache:Servers", "a");

    /// <summary>Each setting: key, a value, how to see it in the options, the default as text.</summary>
    public static TheoryData<string, string, string, string> Settings => new()
    {
        { "Backend", "embedded", "embedded", "" },
        { "Prefix", "mine", "mine", "the-shop" },
        { "ConnectTimeout", "2", "00:00:02", "00:00:01" },
        { "ConnectTimeout", "0.25", "00:00:00.2500000", "00:00:01" },
        { "Timeout", "00:00:03", "00:00:03", "00:00:01" },
        { "Compress", "false", "False", "True" },
        { "CompressionThreshold", "0", "0", "1024" },
        { "Encrypt", "FALSE", "False", "True" },
        { "Enabled", "false", "False", "True" },
        { "KeySecret", "sixteen-letters!", "sixteen-letters!", "" },
        { "OnFailure", "throw", "Throw", "Miss" },
        { "ItemSizeLimit", "2097152", "2097152", "" },
        { "LargeValues", "chunk", "Chunk", "Refuse" },
        { "MaxValueSize", "1073741824", "1073741824", "67108864" },
        { "VerifyWrites", "true", "True", "False" },
        { "MaxQueuedOperations", "10", "10", "16384" },
        { "MaxQueuedBytes", "4096", "4096", "33554432" },
        { "ConnectionsPerServer", "4", "4", "1" },
        { "FailureThreshold", "5", "5", "3" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Each_setting_is_overridden_alone(string key, string value, string expected, string byDefault)
    {
        var changed = Application.OptionsOf(code: null, s_server, ("Cache:" + key, value));
        var untouched = Application.OptionsOf(code: null, s_server);

        Assert.Equal(byDefault, Text(untouched, key));
        Assert.Equal(expected, Text(changed, key));
        foreach (var other in Settings.Select(row => row.Data.Item1).Where(other => !string.Equals(other, key, StringComparison.Ordinal)))
        {
            Assert.Equal(Text(untouched, other), Text(changed, other));
        }
    }

    [Theory]
    [InlineData("Compress", "yes", "true and false")]
    [InlineData("Encrypt", "1", "true and false")]
    [InlineData("Enabled", "on", "true and false")]
    [InlineData("VerifyWrites", "maybe", "true and false")]
    [InlineData("Timeout", "soon", "a number of seconds")]
    [InlineData("Timeout", "-1", "a number of seconds")]
    [InlineData("Timeout", "0", "0.01 to 300 seconds")]
    [InlineData("Timeout", "301", "0.01 to 300 seconds")]
    [InlineData("Timeout", "NaN", "a number of seconds")]
    [InlineData("Timeout", "Infinity", "a number of seconds")]
    [InlineData("Timeout", "-Infinity", "a number of seconds")]
    [InlineData("Timeout", "1e300", "a number of seconds")]
    [InlineData("Timeout", "99999999999999999999", "0.01 to 300 seconds")]
    [InlineData("Timeout", "24:00:00", "a day is 1.00:00:00, or 86400")]
    [InlineData("Timeout", "05:00", "a day is 1.00:00:00, or 86400")]
    [InlineData("Timeout", "-00:00:01", "a number of seconds")]
    [InlineData("Timeout", "00:00:60", "a number of seconds")]
    [InlineData("Timeout", "00:00:1", "a number of seconds")]
    [InlineData("Timeout", "1:00:00:00", "a number of seconds")]
    [InlineData("Timeout", "1.1:00:00", "a number of seconds")]
    [InlineData("Timeout", "99999999.00:00:00", "a number of seconds")]
    [InlineData("Timeout", "1.00:00:00", "'Cache:Timeout' is 86400 s")]
    [InlineData("ConnectTimeout", "0.001", "0.01 to 300 seconds")]
    [InlineData("OnFailure", "Explode", "Miss, Throw")]
    [InlineData("OnFailure", "1", "Miss, Throw")]
    [InlineData("OnFailure", "-1", "Miss, Throw")]
    [InlineData("OnFailure", "Miss, Throw", "Miss, Throw")]
    [InlineData("Port", "0", "1 to 65535")]
    [InlineData("Port", "x", "1 to 65535")]
    [InlineData("ItemSizeLimit", "12", "1024 to 1073741824")]
    [InlineData("ItemSizeLimit", "1MB", "whole numbers from 1024 to 1073741824")]
    [InlineData("ItemSizeLimit", "4294967296", "whole numbers from 1024 to 1073741824")]
    [InlineData("LargeValues", "Split", "Refuse, Chunk")]
    [InlineData("MaxValueSize", "64MB", "whole numbers from 1024 to 1073741824")]
    [InlineData("MaxValueSize", "1000", "1024 to 1073741824")]
    [InlineData("MaxValueSize", "1073741825", "1024 to 1073741824")]
    [InlineData("CompressionThreshold", "-1", "whole numbers from 0")]
    [InlineData("MaxQueuedOperations", "0", "whole numbers from 1")]
    [InlineData("MaxQueuedOperations", "2000000", "1 to 1048576")]
    [InlineData("MaxQueuedOperations", "x", "whole numbers from 1 to 1048576")]
    [InlineData("MaxQueuedBytes", "x", "whole numbers from 1024 to 1073741824")]
    [InlineData("MaxQueuedBytes", "1", "1024 to 1073741824")]
    [InlineData("ConnectionsPerServer", "17", "1 to 16")]
    [InlineData("ConnectionsPerServer", "x", "whole numbers from 1 to 16")]
    [InlineData("FailureThreshold", "0", "whole numbers from 1")]
    [InlineData("FailureThreshold", "x", "whole numbers from 1 to 1000")]
    public async Task A_value_that_cannot_be_used_stops_the_start_with_its_key_and_what_is_allowed(string key, string value, string allowed)
    {
        var refusal = await Application.RefusalOfAsync(s_server, ("Cache:" + key, value));

        Assert.Contains("'Cache:" + key + "'", refusal, StringComparison.Ordinal);
        Assert.Contains("Allowed are", refusal, StringComparison.Ordinal);
        Assert.Contains(allowed, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3", 3)]
    [InlineData(".5", 0.5)]
    [InlineData("0:00:03", 3)]
    [InlineData("00:01:03", 63)]
    [InlineData("00:00:03.25", 3.25)]
    [InlineData("0.00:00:03", 3)]
    [InlineData("0.00:00:03.0000001", 3.0000001)]
    public void A_duration_is_a_number_of_seconds_or_hours_minutes_and_seconds_with_days_before_them(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Application.OptionsOf(code: null, s_server, ("Cache:Timeout", value)).Timeout);

    [Fact]
    public async Task Code_is_told_the_ranges_that_the_configuration_is()
    {
        using var application = new Application([], options =>
        {
            options.Servers = [MemcachedEndpoint.Tcp("a")];
            options.MaxValueSize = 1;
        });

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => application.Host.StartAsync());

        Assert.Contains("'Cache:MaxValueSize' is 1. Allowed are whole numbers from 1024 to 1073741824.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_too_short_is_refused_without_being_told()
    {
        var refusal = await Application.RefusalOfAsync(s_server, ("Cache:KeySecret", "qwertz"));

        Assert.Contains("'Cache:KeySecret'", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("qwertz", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_wins_over_the_files_and_only_where_it_speaks()
    {
        var options = Application.OptionsOf(options => options.Timeout = TimeSpan.FromSeconds(9), s_server, ("Cache:Timeout", "3"), ("Cache:ConnectTimeout", "4"));

        Assert.Equal(TimeSpan.FromSeconds(9), options.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(4), options.ConnectTimeout);
    }

    [Fact]
    public async Task Several_problems_are_told_together()
    {
        using var application = new Application([], options =>
        {
            options.Servers = [MemcachedEndpoint.Tcp("a")];
            options.Timeout = TimeSpan.Zero;
            options.ItemSizeLimit = 1;
        });

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => application.Host.StartAsync());

        Assert.Equal(2, fault.Failures.Count());
    }

    [Fact]
    public void A_setting_nobody_knows_is_told_with_those_that_are_known()
    {
        using var application = new Application(new(StringComparer.OrdinalIgnoreCase) { ["Cache:serverS"] = "a", ["Cache:Timeuot"] = "5" });
        _ = application.Options;

        var line = Assert.Single(application.Log.Lines, line => line.Id == 1300);
        Assert.Contains("Cache:Timeuot", line.Text, StringComparison.Ordinal);
        Assert.Contains("Timeout", line.Text, StringComparison.Ordinal);
        Assert.Contains("MaxQueuedBytes", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_below_a_setting_that_is_a_single_value_is_told_as_unknown()
    {
        using var application = new Application(new(StringComparer.OrdinalIgnoreCase) { ["Cache:Servers"] = "a", ["Cache:Timeout:Seconds"] = "5" });
        _ = application.Options;

        var line = Assert.Single(application.Log.Lines, line => line.Id == 1300);
        Assert.Contains("Cache:Timeout:Seconds", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_above_add_keys_of_their_own()
    {
        using var application = new Application(
            new(StringComparer.OrdinalIgnoreCase) { ["Cache:Servers"] = "a", ["Cache:DefaultLevel"] = "Stack" },
            before: services => services.Configure<MemcachedSectionKeys>(keys => keys.Known.Add("DefaultLevel")));
        _ = application.Options;

        Assert.DoesNotContain(application.Log.Lines, line => line.Id == 1300);
    }

    private static string Text(MemcachedOptions options, string key) =>
        typeof(MemcachedOptions).GetProperty(key)!.GetValue(options) is { } value ? FormattableString.Invariant($"{value}") : "";
}
