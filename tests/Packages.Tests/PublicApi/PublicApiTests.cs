using Packages.Tests.Doubles;

namespace Packages.Tests.PublicApi;

/// <summary>
/// What users can call, word for word: a change of it is to be seen, read and meant. The texts stand beside this file; with the environment variable UPDATE_SNAPSHOTS=1
/// they are written anew, and git shows what has changed.
/// </summary>
public sealed class PublicApiTests(PackedFeed feed)
{
    [Theory, MemberData(nameof(ContentTests.Ids), MemberType = typeof(ContentTests))]
    public void The_public_face_is_as_it_was_accepted(string id)
    {
        var file = Repository.PathOf("tests", "Packages.Tests", "PublicApi", id + ".txt");
        var actual = PublicFace.Of(feed.Assembly(id), [feed.Assembly(PackedFeed.Provider)]);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") is "1")
        {
            File.WriteAllText(file, actual);
        }

        var differences = Differences(File.Exists(file) ? File.ReadAllText(file) : "", actual);
        Assert.True(
            differences.Count is 0,
            $"The public face of {id} has changed. If it is meant, run these tests with UPDATE_SNAPSHOTS=1, and commit what becomes of {id}.txt.\n{string.Join('\n', differences)}");
    }

    [Fact]
    public void A_change_is_told_with_where_it_is()
    {
        const string accepted = "class A\n    void M(int i)\n    void N()\nclass B\n    void M(int i)\n";
        const string actual = "class A\n    void M(int i)\n    void N(string? s = null)\nclass B\n";

        Assert.Equal(["- class A: void N()", "- class B: void M(int i)", "+ class A: void N(string? s = null)"], Differences(accepted, actual));
    }

    private static List<string> Differences(string accepted, string actual)
    {
        List<string> before = [.. Members(accepted)], after = [.. Members(actual)];
        return [.. before.Except(after).Select(static member => "- " + member), .. after.Except(before).Select(static member => "+ " + member)];
    }

    // Each line with the type it stands under.
    private static IEnumerable<string> Members(string text)
    {
        var type = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            type = line[0] is ' ' ? type : line;
            yield return line[0] is ' ' ? $"{type}: {line.Trim()}" : line;
        }
    }
}
