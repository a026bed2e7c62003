using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>An application whose users bear JSON web tokens, by the framework's own handler, or cookies; and the one who signs those tokens.</summary>
internal static class JwtApp
{
    public const string Ann = "customer_key=acme;sub=ann;sid=1";
    public const string Bob = "customer_key=acme;sub=bob;sid=2";
    public const string Eve = "customer_key=globex;sub=eve;sid=3";

    private const string Issuer = "https://issuer.example";
    private const string Audience = "the-api";

    private static readonly SymmetricSecurityKey s_key = new([.. Enumerable.Range(0, 32).Select(static i => (byte)i)]);
    private static readonly SymmetricSecurityKey s_strangersKey = new([.. Enumerable.Range(0, 32).Select(static i => (byte)(i + 1))]);

    /// <param name="map">Endpoints besides <c>/page</c>, <c>/stack</c>, <c>/session</c> and <c>/sign-in</c>.</param>
    /// <param name="byDefault">The default scheme: "Bearer", "cookies", "either"; null for none, with JSON web tokens as the only scheme.</param>
    /// <param name="ofTheEndpoint">The schemes that the endpoints name.</param>
    /// <param name="bearer">The handler's options.</param>
    /// <param name="page">The page's attribute.</param>
    /// <param name="options">The caches' options.</param>
    /// <param name="kestrel">Whether over real connections.</param>
    public static Task<OutputApp> StartAsync(
        Action<WebApplication, OutputApp>? map = null,
        string? byDefault = JwtBearerDefaults.AuthenticationScheme,
        string? ofTheEndpoint = null,
        Action<JwtBearerOptions>? bearer = null,
        Action<OutputCacheStackAttribute>? page = null,
        Action<ScopedCacheOptions>? options = null,
        bool kestrel = false) => OutputApp.StartAsync(
        (app, output) =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            var authorize = new AuthorizeAttribute { AuthenticationSchemes = ofTheEndpoint };
            app.MapGet("/page", (HttpContext context) => Render(context, output)).OutputCacheStack(attribute =>
            {
                attribute.VaryByQuery = [];
                page?.Invoke(attribute);
            }).RequireAuthorization(authorize);
            app.MapGet("/stack", (IScopedCache caches, HttpContext context) => EntryAsync(caches.StackCache, context, output)).RequireAuthorization(authorize);
            app.MapGet("/session", (IScopedCache caches, HttpContext context) => EntryAsync(caches.SessionCache, context, output)).RequireAuthorization(authorize);
            app.MapGet("/sign-in", static (HttpContext context, string who) => context.SignInAsync("cookies", Doubles.TestApp.Principal(who)));
            map?.Invoke(app, output);
        },
        options,
        builder =>
        {
            var schemes = (byDefault is null ? builder.Services.AddAuthentication() : builder.Services.AddAuthentication(byDefault)).AddJwtBearer(jwt =>
            {
                jwt.TokenValidationParameters.ValidIssuer = Issuer;
                jwt.TokenValidationParameters.ValidAudience = Audience;
                jwt.TokenValidationParameters.IssuerSigningKey = s_key;
                bearer?.Invoke(jwt);
            });
            if (byDefault is not null)
            {
                schemes.AddCookie("cookies").AddPolicyScheme("either", null, static policy => policy.ForwardDefaultSelector = static context =>
                    context.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal) ? JwtBearerDefaults.AuthenticationScheme : "cookies");
            }

            builder.Services.AddAuthorizationBuilder().AddPolicy("auditors", static policy => policy.RequireClaim("audits", "yes"));
        },
        kestrel);

    /// <summary>A token with these claims (<c>type=value;type=value</c>; values of one type become an array).</summary>
    public static string Token(string claims, string audience = Audience, string issuer = Issuer, int validUntil = 2100, bool forged = false) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Claims = claims.Split(';').Select(static claim => claim.Split('=')).GroupBy(static claim => claim[0], static claim => claim[1], StringComparer.Ordinal)
                .ToDictionary(static claim => claim.Key, static claim => (object)(claim.Count() == 1 ? claim.Single() : claim.ToArray()), StringComparer.Ordinal),
            IssuedAt = Year(2000),
            NotBefore = Year(2000),
            Expires = Year(validUntil),
            SigningCredentials = new SigningCredentials(forged ? s_strangersKey : s_key, SecurityAlgorithms.HmacSha256),
        });

    public static string Bearer(string claims, int validUntil = 2100) => $"Bearer {Token(claims, validUntil: validUntil)}";

    /// <summary>The answer to who has this header, or this cookie.</summary>
    public static Task<Answer> GetAsync(OutputApp output, string path, string? authorization = null, string? cookie = null) =>
        output.GetAsync(path, "", [.. cookie is null ? [] : new[] { ("Cookie", cookie) }, .. authorization is null ? [] : new[] { ("Authorization", authorization) }]);

    public static async Task<string> BodyAsync(OutputApp output, string path, string? authorization = null, string? cookie = null) => (await GetAsync(output, path, authorization, cookie)).Body;

    public static async Task<string> SignInAsync(OutputApp output, string who) => (await output.GetAsync($"/sign-in?who={Uri.EscapeDataString(who)}", ""))["Set-Cookie"]!.Split(';')[0];

    /// <summary>The number of the rendering, and for whom it was.</summary>
    public static string Render(HttpContext context, OutputApp output) =>
        $"{output.Render(context).Split(' ')[0]} {context.User.FindFirst("customer_key")?.Value} {(context.User.FindFirst(ClaimTypes.NameIdentifier) ?? context.User.FindFirst("sub"))?.Value}";

    private static async Task<string?> EntryAsync(ICache cache, HttpContext context, OutputApp output) =>
        await Doubles.TestApp.TryAsync(async () => await cache.GetOrCreateAsync("entry", _ => Task.FromResult(Render(context, output)), TimeSpan.FromMinutes(5), context.RequestAborted));

    private static DateTime Year(int year) => new(year, 1, 1, 0, 0, 0, DateTimeKind.Utc);
}
