using FsCheck;
using FsCheck.Fluent;
using ScopedCaching;

namespace Middleware.Tests.Scopes;

public sealed class IsolationTests : IDisposable
{
    private static readonly string[] s_awkward =
    [
        "a", "b", "A", "ab", "a:b", "a/b", "a|b", "a\0b", "\0", "a\r\nset x 0 0 1\r\n", "\u0001", " a", "a ", "é", "e\u0301", "ı", "\ud83d\ude00", "\ud800", "\udc00", "-", "\u001e", "\u001f",
        new('k', 1024), new string('k', 1023) + "l", "stack", "session", "service",
    ];

    private readonly TestScopedCache _caches = ScopedCacheTesting.Create();

    public void Dispose() => _caches.Dispose();

    [Fact]
    public void Two_different_places_never_share_an_entry() =>
        Prop.ForAll(Places.ToArbitrary(), Places.ToArbitrary(), AreApartAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Places_that_differ_in_one_part_never_share_an_entry() =>
        Prop.ForAll(Places.ToArbitrary(), Texts.ToArbitrary(), Gen.Choose(0, 4).ToArbitrary(), (place, text, part) => AreApartAsync(place, part switch
        {
            0 => place with { Customer = text },
            1 => place with { User = text },
            2 => place with { Session = text },
            3 => place with { View = text },
            _ => place with { Key = text },
        })).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Places_whose_parts_run_into_each_other_never_share_an_entry() =>
        Prop.ForAll(Places.ToArbitrary(), Gen.Two(NotBlank).ToArbitrary(), Gen.Choose(0, 3).ToArbitrary(), (place, texts, seam) =>
        {
            // The same text, cut one character later.
            var (left, right) = (texts.Item1, texts.Item2);
            var (longer, shorter) = (left + right[0], right[1..]);
            return AreApartAsync(Cut(place, seam, left, right), Cut(place, seam, longer, shorter));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static Place Cut(Place place, int seam, string left, string right) => seam switch
    {
        0 => place with { Customer = left, User = right },
        1 => place with { User = left, Session = right },
        2 => place with { Customer = left, View = right },
        _ => place with { View = left, Key = right },
    };

    // Short pieces of few characters, so that parts run into each other often: "a" + "bc" and "ab" + "c".
    private static Gen<string> Texts => Gen.OneOf(
        Gen.Elements(s_awkward),
        Gen.Elements("a", "b", ":", "/", "\0", "1").NonEmptyListOf().Select(static parts => string.Concat(parts.Take(4))),
        ArbMap.Default.GeneratorFor<NonEmptyString>().Select(static text => text.Get));

    private static Gen<string> NotBlank => Texts.Where(static text => !string.IsNullOrWhiteSpace(text));

    private static Gen<Place> Places =>
        from level in Gen.Elements(StorageLevel.Stack, StorageLevel.Session, StorageLevel.Service)
        from customer in NotBlank
        from user in NotBlank
        from session in NotBlank
        from view in Gen.OneOf(Gen.Constant(""), Texts)
        from key in Gen.OneOf(Gen.Constant(""), Texts)
        select new Place(level, customer, user, session, view, key);

    private async Task<bool> AreApartAsync(Place first, Place second)
    {
        if (new[] { second.Customer, second.User, second.Session }.Any(string.IsNullOrWhiteSpace) || first.IsSameAs(second))
        {
            return true;
        }

        var stored = Guid.NewGuid();
        await CacheOf(second).RemoveAsync(second.Key);
        await CacheOf(first).SetAsync(first.Key, stored);
        var own = await CacheOf(first).TryGetAsync<Guid>(first.Key);
        var foreign = await CacheOf(second).TryGetAsync<Guid>(second.Key);
        return own.Found && own.Value == stored && !foreign.Found;
    }

    private ICache CacheOf(Place place) => _caches.Factory.Create(place.Customer, place.User, place.Session).GetCache(place.View, place.Level);

    private sealed record Place(StorageLevel Level, string Customer, string User, string Session, string View, string Key)
    {
        // What a level does not look at does not make two places different.
        public bool IsSameAs(Place other) => Relevant() == other.Relevant();

        private Place Relevant() => Level switch
        {
            StorageLevel.Service => this with { Customer = "", User = "", Session = "" },
            StorageLevel.Stack => this with { User = "", Session = "" },
            _ => this,
        };
    }
}
