using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using WebExtension.Core;

namespace WebExtension.Web;

public static class StatementPage
{
    /// <summary>A statement as a page of about 10 KB that says when and for whom it was rendered.</summary>
    public static string Render(Statement statement, string askedBy)
    {
        // Whoever signs in chooses both names.
        var owner = HtmlEncoder.Default.Encode(statement.Owner);
        var page = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Statement of {owner}</title>
            <link rel="icon" href="/icon.svg">
            <link rel="stylesheet" href="/site.css">
            <main class="statement">
            <h1>Statement</h1>
            <p>Rendered at <time id="rendered-at" datetime="{statement.MadeAt:O}">{statement.MadeAt:yyyy-MM-dd HH:mm:ss} UTC</time>
            for <strong id="rendered-for">{owner}</strong>, when <span id="asked-by">{HtmlEncoder.Default.Encode(askedBy)}</span> asked.
            <a href="/">Back</a></p>
            <table>

            """);
        foreach (var line in statement.Lines)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{line.Number}<td>{line.Text}<td class=number>{line.Amount:N2}<td class=number>{line.Balance:N2}\n");
        }

        return page.Append("</table>\n</main>\n").ToString();
    }
}
