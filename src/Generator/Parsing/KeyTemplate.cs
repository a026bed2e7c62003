using System.Text;

namespace ScopedCaching.Generator.Parsing;

/// <summary>Reads <c>Key = "profile:{user.Id}"</c>. Doubled braces are braces.</summary>
internal static class KeyTemplate
{
    public static void Parse(FunctionContext function, string template, KeySteps steps)
    {
        var location = function.Cached.LocationOf("Key");
        var text = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            var here = template[i];
            if (here is '{' or '}' && i + 1 < template.Length && template[i + 1] == here)
            {
                text.Append(here);
                i++;
            }
            else if (here == '{' && template.IndexOf('}', i) is var end and > 0)
            {
                steps.AddText(text.ToString());
                text.Clear();
                steps.AddValue(template.Substring(i + 1, end - i - 1).Trim(), Rules.UnknownPart, location);
                i = end;
            }
            else if (here is '{' or '}')
            {
                function.Report(Rules.BadKey, location, $"a single '{here}' stands in it; a brace that is meant as text is written twice");
                return;
            }
            else
            {
                text.Append(here);
            }
        }

        steps.AddText(text.ToString());
    }
}
