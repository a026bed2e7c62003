using System.Globalization;
using System.Security.Claims;

namespace Middleware.Tests.Output;

/// <summary>
/// 50 customers of 20 users each, named so that whoever joins, trims, folds or splits names takes one for another. Users of different customers have the same names, sessions, roles and regions.
/// </summary>
internal sealed class MatrixPeople
{
    public const int Customers = 50;
    public const int UsersOfEach = 20;

    // Delimiters, escapes, case, width, composed and decomposed letters, one name the beginning of another.
    private static readonly string[] s_names =
    [
        "1", "11", "1 1", "1:1", "1|1", "1/1", "1%2F1", "1,1", "1;1", "1=1", "1&1", "1\u001e", "1\u001f", "1\u001e1", "1\u001f1", "\u001e1", "a", "A", "\u00e9", "e\u0301",
    ];

    private static readonly string[][] s_roles = [[], ["a"], ["A"], ["a", "b"], ["a,b"], ["a", "b", "c"], ["a;b"], ["ab"]];
    private static readonly string[][] s_regions = [[], [""], ["eu"], ["eu", "us"], ["eu,us"], ["EU"], ["eu us"]];
    private readonly ClaimsPrincipal[] _principals;

    public MatrixPeople() => _principals = [.. Enumerable.Range(0, Customers * UsersOfEach).Select(static index => Make(index / UsersOfEach, index % UsersOfEach))];

    public ClaimsPrincipal this[int customer, int user] => _principals[(customer * UsersOfEach) + user];

    public static string NameOf(int customer, int user) => string.Create(CultureInfo.InvariantCulture, $"{(customer * UsersOfEach) + user}");

    public ClaimsPrincipal PrincipalOf(string name) => _principals[int.Parse(name, CultureInfo.InvariantCulture)];

    private static ClaimsPrincipal Make(int customer, int user)
    {
        var name = (customer / s_names.Length) switch
        {
            0 => s_names[customer],
            1 => s_names[customer % s_names.Length] + "2",
            _ => "2\u001e" + s_names[customer % s_names.Length],
        };
        var claims = new List<Claim> { new("customer_key", name), new("sub", s_names[user]), new("sid", s_names[user % 3]) };
        claims.AddRange(s_roles[user % s_roles.Length].Select(static role => new Claim(ClaimTypes.Role, role)));
        claims.AddRange(s_regions[user % s_regions.Length].Select(static region => new Claim("region", region)));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, "test"));
    }
}
