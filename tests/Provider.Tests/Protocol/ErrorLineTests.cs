using System.Text;
using ScopedCaching.Memcached.Protocol;

namespace Provider.Tests.Protocol;

public sealed class ErrorLineTests
{
    private static readonly string[] Lines =
    [
        "ERROR",
        "CLIENT_ERROR bad command line format",
        "CLIENT_ERROR bad data chunk",
        "CLIENT_ERROR cannot increment or decrement non-numeric value",
        "SERVER_ERROR object too large for cache",
        "SERVER_ERROR out of memory storing object",
        "SERVER_ERROR out of memory reading request",
        "CLIENT_ERROR cannot increment or decrement non-numeric value ",
        "SERVER_ERROR object too large for cache and more",
    ];

    private static readonly (Verb Verb, string Line)[] InStep =
    [
        (Verb.Arithmetic, "CLIENT_ERROR cannot increment or decrement non-numeric value"),
        (Verb.Set, "SERVER_ERROR object too large for cache"),
        (Verb.Set, "SERVER_ERROR out of memory storing object"),
    ];

    [Fact]
    public void Only_the_known_errors_of_their_own_verbs_leave_the_stream_in_step()
    {
        foreach (var verb in Enum.GetValues<Verb>())
        {
            foreach (var line in Lines)
            {
                Assert.Equal(InStep.Contains((verb, line)), ErrorLine.LeavesStreamInStep(verb, Encoding.ASCII.GetBytes(line)));
            }
        }
    }

    [Theory]
    [InlineData("ERROR")]
    [InlineData("ERROR unknown")]
    [InlineData("CLIENT_ERROR bad data chunk")]
    [InlineData("SERVER_ERROR busy")]
    public void The_servers_own_words_are_shown(string line) =>
        Assert.Equal($"'{line}'", ErrorLine.Describe(Encoding.ASCII.GetBytes(line)));

    [Theory]
    [InlineData("secret", 6)]
    [InlineData("", 0)]
    [InlineData("VA 6 secret", 11)]
    [InlineData("ERRORsecret", 11)]
    [InlineData("CLIENT_ERRORsecret", 18)]
    [InlineData("ERROR \u0001secret", 13)]
    [InlineData("CLIENT_ERROR s\u00e9cret", 19)]
    [InlineData("xERROR secret", 13)]
    public void What_could_be_a_value_is_told_by_its_length_only(string line, int length) =>
        Assert.Equal($"{length} bytes that are no reply", ErrorLine.Describe(Encoding.Latin1.GetBytes(line)));

    [Theory]
    [InlineData(120, true)]
    [InlineData(121, false)]
    public void As_much_of_an_error_is_shown_as_a_log_line_takes(int length, bool isShown) =>
        Assert.Equal(isShown, ErrorLine.Describe(Encoding.ASCII.GetBytes("ERROR ".PadRight(length, 'x'))).StartsWith("'ERROR x", StringComparison.Ordinal));

    [Fact]
    public void A_long_error_is_told_by_its_length_only() =>
        Assert.Equal("213 bytes that are no reply", ErrorLine.Describe(Encoding.ASCII.GetBytes("CLIENT_ERROR " + new string('x', 200))));
}
