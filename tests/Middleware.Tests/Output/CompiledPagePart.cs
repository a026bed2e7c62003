using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ScopedCaching;

namespace Middleware.Tests.Output;

/// <summary>One Razor page, as its compiler would have made it.</summary>
internal sealed class CompiledPagePart : ApplicationPart, IRazorCompiledItemProvider
{
    public override string Name => nameof(CompiledPagePart);

    public IEnumerable<RazorCompiledItem> CompiledItems => [new Item()];

    private sealed class Item : RazorCompiledItem
    {
        public override string Identifier => "/Pages/Statement.cshtml";

        public override string Kind => "mvc.1.0.razor-page";

        public override IReadOnlyList<object> Metadata => [];

        public override Type Type => typeof(StatementPage);
    }
}

[OutputCacheStack(Seconds = 60, VaryByQuery = [])]
public sealed class StatementModel(RenderCount count) : PageModel
{
    public int Number { get; private set; }

    public void OnGet() => Number = count.Next();

    public void OnGetOther() => Number = -count.Next();
}

public sealed class StatementPage : Page
{
    public ViewDataDictionary<StatementModel> ViewData => (ViewDataDictionary<StatementModel>)PageContext.ViewData;

    public StatementModel Model => ViewData.Model;

    public override Task ExecuteAsync()
    {
        WriteLiteral($"<p>{Model.Number} {HttpContext.User.FindFirst("customer_key")?.Value}</p>");
        return Task.CompletedTask;
    }
}
