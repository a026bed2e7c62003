using System.Text;

namespace ScopedCaching.Generator.Emitting;

/// <summary>Lines of C#, indented. Line ends are always the same, so that builds on two systems are.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _indent;

    /// <summary>Writes lines; a text of several keeps its own indentation on top.</summary>
    public CodeWriter Line(string text = "")
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0)
            {
                _text.Append(' ', _indent * 4).Append(line);
            }

            _text.Append('\n');
        }

        return this;
    }

    public CodeWriter Open(string text)
    {
        Line(text).Line("{");
        _indent++;
        return this;
    }

    public CodeWriter Close(string behind = "")
    {
        _indent--;
        return Line("}" + behind);
    }

    /// <summary>What is written inside stands one step further in.</summary>
    public CodeWriter Indented(Action<CodeWriter> write)
    {
        _indent++;
        write(this);
        _indent--;
        return this;
    }

    public override string ToString() => _text.ToString();
}
