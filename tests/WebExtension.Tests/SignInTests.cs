using System.Net;
using System.Net.Http.Json;

namespace WebExtension.Tests;

public sealed class SignInTests(SignInTests.Shared shared) : IClassFixture<SignInTests.Shared>
{
    public sealed class Shared : IDisposable
    {
        public Sample Sample { get; } = new();

        public void Dispose() => Sample.Dispose();
    }

    [Theory]
    [InlineData("/api/accounts")]
    [InlineData("/api/accounts/1")]
    [InlineData("/api/preferences")]
    [InlineData("/api/rates")]
    [InlineData("/api/core/calls")]
    [InlineData("/api/me")]
    [InlineData("/statement")]
    public async Task Who_is_not_signed_in_is_answered_401_and_not_redirected(string path)
    {
        using var browser = shared.Sample.NewBrowser();

        Assert.Equal(401, (await browser.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Changes_need_a_sign_in_too()
    {
        using var browser = shared.Sample.NewBrowser();

        Assert.Equal(401, (await browser.PostAsync("/api/accounts/1/transfer", new { to = "2", amount = 1 })).Status);
        Assert.Equal(401, (await browser.PutAsync("/api/preferences", new { language = "fr", startPage = "rates" })).Status);
    }

    [Fact]
    public async Task One_signs_in_with_JSON()
    {
        using var browser = shared.Sample.NewBrowser();
        await browser.SignInAsync("acme", "ana");

        Assert.Equal("""{"customer":"acme","user":"ana"}""", (await browser.GetAsync("/api/me")).Text);
    }

    [Fact]
    public async Task One_signs_in_with_a_form()
    {
        using var browser = shared.Sample.NewBrowser();
        using var form = new FormUrlEncodedContent([new("customer", "acme"), new("user", "bo")]);
        using var answer = await browser.Client.PostAsync("/sign-in", form);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"customer":"acme","user":"bo"}""", (await browser.GetAsync("/api/me")).Text);
    }

    [Theory]
    [InlineData("""{"customer":"acme"}""")]
    [InlineData("""{"customer":" ","user":"ana"}""")]
    [InlineData("""not JSON""")]
    public async Task A_sign_in_without_customer_or_user_is_refused(string json)
    {
        using var browser = shared.Sample.NewBrowser();
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await browser.Client.PostAsync("/sign-in", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task After_signing_out_one_is_nobody()
    {
        using var browser = shared.Sample.NewBrowser();
        await browser.SignInAsync("acme", "ana");
        await browser.SignOutAsync();

        Assert.Equal(401, (await browser.GetAsync("/api/rates")).Status);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_for_scripts_and_for_other_sites()
    {
        using var browser = shared.Sample.NewBrowser();
        using var answer = await browser.Client.PostAsJsonAsync("/sign-in", new { customer = "acme", user = "ana" });

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:9999")]
    [InlineData("https://elsewhere.example")]
    [InlineData("null")]
    public async Task A_page_of_another_origin_cannot_change_anything(string origin)
    {
        using var browser = shared.Sample.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = JsonContent.Create(new { customer = "acme", user = "eve" }) };
        request.Headers.Add("Origin", origin);
        using var answer = await browser.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Health_needs_no_sign_in()
    {
        using var browser = shared.Sample.NewBrowser();

        Assert.Equal("Healthy", (await browser.GetAsync("/health")).Text);
    }
}
