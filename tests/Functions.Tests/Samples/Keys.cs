using ScopedCaching;

namespace Functions.Tests.Samples;

/// <summary>Functions that choose their keys.</summary>
public sealed partial class Keys(IScopedCache caches)
{
    public int Calls { get; private set; }

    [Cached(Key = "rates")]
    public partial int Text();

    [Cached(Key = "profile:{user.Id}:{page}", KeyPrefix = "v1/")]
    public partial int Template(User user, int page, string noise);

    [Cached(Key = nameof(KeyOf))]
    public partial int Method(User user, string noise);

    [Cached(Key = "list")]
    public partial int Of(string[] items, HashSet<int> set);

    private int TextUncached() => ++Calls;

    private int TemplateUncached() => ++Calls;

    private int MethodUncached() => ++Calls;

    private static string KeyOf(User user) => $"own:{user.Id}";

    private int OfUncached() => ++Calls;
}
