namespace WebExtension.Tests;

/// <summary>Each test has an instance of its own, because what the core system was asked is counted per instance.</summary>
public sealed class CachingTests : IDisposable
{
    private readonly Sample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Users_of_one_customer_share_its_accounts_at_the_stack_level()
    {
        using var ana = await SignedInAsync("acme", "ana");
        using var bo = await SignedInAsync("acme", "bo");

        var first = await ana.GetAsync("/api/accounts");
        var second = await bo.GetAsync("/api/accounts");

        Assert.Equal("stack; miss", first.Cache);
        Assert.Equal("stack; hit", second.Cache);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(1, await ana.CoreCallsAsync("accounts"));
    }

    [Fact]
    public async Task A_miss_takes_as_long_as_the_core_system_and_the_header_says_so()
    {
        using var browser = await SignedInAsync("acme", "ana");

        // Timers may be a little early.
        Assert.True((await browser.GetAsync("/api/accounts")).Microseconds > 190_000);
    }

    [Fact]
    public async Task One_account_is_cached_by_its_id()
    {
        using var browser = await SignedInAsync("acme", "ana");
        var ids = await browser.AccountIdsAsync();

        Assert.Equal("stack; miss", (await browser.GetAsync($"/api/accounts/{ids[0]}")).Cache);
        Assert.Equal("stack; hit", (await browser.GetAsync($"/api/accounts/{ids[0]}")).Cache);
        Assert.Equal("stack; miss", (await browser.GetAsync($"/api/accounts/{ids[1]}")).Cache);
    }

    [Fact]
    public async Task An_account_can_be_asked_for_afresh_and_is_cached_again()
    {
        using var browser = await SignedInAsync("acme", "ana");
        var ids = await browser.AccountIdsAsync();
        await browser.GetAsync($"/api/accounts/{ids[0]}");

        Assert.Null((await browser.GetAsync($"/api/accounts/{ids[0]}?fresh=true")).Cache);
        Assert.Equal("stack; hit", (await browser.GetAsync($"/api/accounts/{ids[0]}")).Cache);
        Assert.Equal(2, await browser.CoreCallsAsync("account"));
    }

    [Fact]
    public async Task That_there_is_no_such_account_is_cached_too()
    {
        using var browser = await SignedInAsync("acme", "ana");
        await browser.GetAsync("/api/accounts/none");
        var again = await browser.GetAsync("/api/accounts/none");

        Assert.Equal((404, "stack; hit"), (again.Status, again.Cache));
        Assert.Equal(1, await browser.CoreCallsAsync("account"));
    }

    [Fact]
    public async Task Customers_never_see_each_others_accounts()
    {
        using var acme = await SignedInAsync("acme", "ana");
        using var birch = await SignedInAsync("birch", "ana");
        var id = (await acme.AccountIdsAsync())[0];
        await acme.GetAsync($"/api/accounts/{id}");

        var list = await birch.GetAsync("/api/accounts");
        var one = await birch.GetAsync($"/api/accounts/{id}");

        Assert.Equal("stack; miss", list.Cache);
        Assert.All(list.Json.EnumerateArray(), account => Assert.Equal("birch", account.GetProperty("owner").GetString()));
        Assert.Equal((404, "stack; miss"), (one.Status, one.Cache));
    }

    [Fact]
    public async Task Rates_are_asked_for_once_for_all_customers()
    {
        using var acme = await SignedInAsync("acme", "ana");
        using var birch = await SignedInAsync("birch", "bo");

        var first = await acme.GetAsync("/api/rates");
        var second = await birch.GetAsync("/api/rates");

        Assert.Equal("service; miss", first.Cache);
        Assert.Equal("service; hit", second.Cache);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(1, await acme.CoreCallsAsync("rates"));
    }

    [Fact]
    public async Task Preferences_live_as_long_as_the_session()
    {
        using var browser = await SignedInAsync("acme", "ana");
        Assert.Equal("session; miss", (await browser.GetAsync("/api/preferences")).Cache);
        Assert.Equal(204, (await browser.PutAsync("/api/preferences", new { language = "fr", startPage = "rates" })).Status);

        var kept = await browser.GetAsync("/api/preferences");

        Assert.Equal("session; hit", kept.Cache);
        Assert.Equal("""{"language":"fr","startPage":"rates"}""", kept.Text);
    }

    [Theory]
    [InlineData("acme", "ana")]
    [InlineData("acme", "bo")]
    [InlineData("birch", "ana")]
    public async Task Nothing_of_a_session_survives_a_sign_out_and_sign_in_in_the_same_browser(string customer, string user)
    {
        using var browser = await SignedInAsync("acme", "ana");
        await browser.PutAsync("/api/preferences", new { language = "fr", startPage = "rates" });
        await browser.SignOutAsync();
        await browser.SignInAsync(customer, user);

        var fresh = await browser.GetAsync("/api/preferences");

        Assert.Equal("session; miss", fresh.Cache);
        Assert.Equal("""{"language":"en","startPage":"accounts"}""", fresh.Text);
    }

    [Fact]
    public async Task Two_sessions_of_one_user_have_preferences_of_their_own()
    {
        using var desk = await SignedInAsync("acme", "ana");
        using var phone = await SignedInAsync("acme", "ana");
        await desk.PutAsync("/api/preferences", new { language = "fr", startPage = "rates" });

        Assert.Equal("session; miss", (await phone.GetAsync("/api/preferences")).Cache);
    }

    [Fact]
    public async Task A_transfer_removes_the_list_and_both_accounts_and_nothing_else()
    {
        using var browser = await SignedInAsync("acme", "ana");
        var before = (await browser.GetAsync("/api/accounts")).Json;
        var ids = await browser.AccountIdsAsync();
        foreach (var id in ids)
        {
            await browser.GetAsync($"/api/accounts/{id}");
        }

        var transfer = await browser.PostAsync($"/api/accounts/{ids[0]}/transfer", new { to = ids[1], amount = 12.34m });

        Assert.Equal((204, null), (transfer.Status, transfer.Cache));
        var after = await browser.GetAsync("/api/accounts");
        Assert.Equal("stack; miss", after.Cache);
        Assert.Equal(Balance(before[0]) - 12.34m, Balance(after.Json[0]));
        Assert.Equal(Balance(before[1]) + 12.34m, Balance(after.Json[1]));
        Assert.Equal("stack; miss", (await browser.GetAsync($"/api/accounts/{ids[0]}")).Cache);
        Assert.Equal("stack; miss", (await browser.GetAsync($"/api/accounts/{ids[1]}")).Cache);
        Assert.Equal("stack; hit", (await browser.GetAsync($"/api/accounts/{ids[2]}")).Cache);
    }

    [Fact]
    public async Task A_transfer_that_fails_moves_and_removes_nothing()
    {
        using var browser = await SignedInAsync("acme", "ana");
        using var other = await SignedInAsync("birch", "ana");
        var ids = await browser.AccountIdsAsync();
        var foreign = (await other.AccountIdsAsync())[0];
        var path = $"/api/accounts/{ids[0]}/transfer";

        Assert.Equal(400, (await browser.PostAsync(path, new { to = ids[1], amount = -1 })).Status);
        Assert.Equal(400, (await browser.PostAsync(path, new { to = ids[0], amount = 1 })).Status);
        Assert.Equal(400, (await browser.PostAsync(path, new { to = ids[1], amount = 0.001 })).Status);
        Assert.Equal(404, (await browser.PostAsync(path, new { to = foreign, amount = 1 })).Status);
        Assert.Equal(409, (await browser.PostAsync(path, new { to = ids[1], amount = 1_000_000 })).Status);
        Assert.Equal("stack; hit", (await browser.GetAsync("/api/accounts")).Cache);
    }

    private static decimal Balance(System.Text.Json.JsonElement account) => account.GetProperty("balance").GetDecimal();

    private async Task<Browser> SignedInAsync(string customer, string user)
    {
        var browser = _sample.NewBrowser();
        await browser.SignInAsync(customer, user);
        return browser;
    }
}
