using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace ScopedCaching.Inspector;

/// <summary>The page, its script and its style, from this assembly. Script and style have their hash in their name, so that browsers keep them until they change.</summary>
internal sealed class InspectorAssets
{
    private const string Script = "text/javascript; charset=utf-8";

    private static readonly string[] s_modules = ["charts.js", "parts.js"];
    private static readonly (string Name, string Type)[] s_files = [("inspector.js", Script), ("charts.js", Script), ("parts.js", Script), ("inspector.css", "text/css; charset=utf-8")];

    private readonly FrozenDictionary<string, (byte[] Bytes, string Type, string Tag)> _assets;
    private readonly string _page;
    private readonly string _pattern;

    /// <param name="pattern">Where the inspector is mapped, without a slash at the end.</param>
    public InspectorAssets(string pattern)
    {
        _pattern = pattern;
        var files = s_files.ToDictionary(static file => file.Name, static file => Load(file.Name), StringComparer.Ordinal);

        // The one script asks for the others by their hashed names, which are therefore part of what the one's own hash is made of.
        foreach (var module in s_modules)
        {
            var named = Encoding.UTF8.GetString(files["inspector.js"]).Replace("./" + module, "./" + NameOf(module, files[module]), StringComparison.Ordinal);
            files["inspector.js"] = Encoding.UTF8.GetBytes(named);
        }

        _assets = s_files.ToFrozenDictionary(
            file => NameOf(file.Name, files[file.Name]), file => (files[file.Name], file.Type, $"\"{Hash(files[file.Name])}\""), StringComparer.Ordinal);
        _page = Encoding.UTF8.GetString(Load("index.html"));
        foreach (var (name, _) in s_files)
        {
            _page = _page.Replace($"assets/{name}", $"assets/{NameOf(name, files[name])}", StringComparison.Ordinal);
        }
    }

    public Task PageAsync(HttpContext context)
    {
        // Absolute, because the page is found with and without a slash at its end.
        var root = HtmlEncoder.Default.Encode(context.Request.PathBase.Add(_pattern).ToUriComponent());
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(_page.Replace("{root}", root, StringComparison.Ordinal), context.RequestAborted);
    }

    public Task AssetAsync(HttpContext context)
    {
        // Found in the list of assets, or nowhere: no name is ever a path.
        if (context.Request.RouteValues["name"] is not string name || !_assets.TryGetValue(name, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        context.Response.Headers.ETag = asset.Tag;
        if (context.Request.Headers.IfNoneMatch == asset.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = asset.Type;
        context.Response.ContentLength = asset.Bytes.Length;
        return context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted).AsTask();
    }

    private static string NameOf(string file, byte[] bytes) => $"{Path.GetFileNameWithoutExtension(file)}.{Hash(bytes)}{Path.GetExtension(file)}";

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));

    private static byte[] Load(string name)
    {
        using var source = typeof(InspectorAssets).Assembly.GetManifestResourceStream("ScopedCaching.Inspector." + name)
            ?? throw new InvalidOperationException($"The assembly was built without {name}.");
        using var bytes = new MemoryStream();
        source.CopyTo(bytes);
        return bytes.ToArray();
    }
}
