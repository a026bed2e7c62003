namespace Provider.Tests.Contract;

internal static class ConversationsOfClassicCommands
{
    private const string Hi = "set a 5 0 2\r\nhi\r\n";
    private const string Ten = "set n 0 0 2\r\n10\r\n";
    private static readonly string K250 = new('k', 250);
    private static readonly string K251 = new('k', 251);

    public static IEnumerable<Conversation> All =>
    [
        new("get", "get a\r\n", Hi, "get a\r\n", "gets a\r\n", "get a b\r\n", "get b a\r\n", "get a a\r\n", "bget a\r\n"),
        new("get without key", "get\r\n", "get \r\n", "gets\r\n", "bget\r\n"),
        new("get many", "set k30 0 0 1\r\nx\r\n", "get " + string.Join(' ', Enumerable.Range(0, 40).Select(i => $"k{i}")) + "\r\n", "gets " + string.Join("  ", Enumerable.Range(0, 60).Select(i => $"k{i}")) + " \r\n"),
        new("get key lengths", $"set {K250} 0 0 1\r\nx\r\n", $"get {K250}\r\n", $"get {K251}\r\n", Hi, $"get a {K251}\r\n", $"get {K251} a\r\n", $"get {string.Join(' ', Enumerable.Repeat("a", 30))} {K251}\r\nmn\r\n"),
        new("get odd lines", Hi, " get a\r\n", "get  a\r\n", "get a \r\n", "get a\n", "GET a\r\n", "getx a\r\n", "ge a\r\n", "g a\r\n", "get\ta\r\n", "get a\0b\r\n", "get a\rb\r\n"),
        new("lines that are none", "\r\n", "\n", " \r\n", "foo\r\n", "x\r\n", "\0\r\n", "mn\r\r\n", "mn\rmn\r\n", "\u0081abc\r\n", "mn\r\n\u0080abc\r\n"),
        new("set", "set a 1 0 1\r\nx\r\n", "get a\r\n", "set a 0 0 0\r\n\r\n", "get a\r\n", "set a 0 0 1\nx\r\n", "get a\r\n"),
        new("set noreply", "set a 0 0 1 noreply\r\nx\r\nget a\r\n", "set a 0 0 1 foo\r\ny\r\n", "set a 0 0 1 \r\nz\r\n", "get a\r\n"),
        new("set token counts", "set\r\n", "set a\r\n", "set a 0 0\r\n", "set a 0 0 1 foo bar\r\nmn\r\n", "set a 0 0 1 noreply bar\r\nmn\r\n", "set a\t0 0 1\r\nmn\r\n"),
        new("set bad numbers", "set a 0 0 -1\r\nmn\r\n", "set a 0 0 x\r\nmn\r\n", "set a x 0 1\r\nmn\r\n", "set a -1 0 1\r\nmn\r\n", "set a 1 x 1\r\nmn\r\n", "set a 1 1.5 1\r\nmn\r\n", "set a 0 0 1x\r\nmn\r\n", "set a 0x1 0 1\r\nmn\r\n", "set a 1 99999999999999999999 1\r\nmn\r\n", "set a 0 0 99999999999999999999\r\nmn\r\n", "get a\r\n"),
        new("set odd numbers", "set a +1 0 1\r\nx\r\n", "set a 0 +1 1\r\nx\r\n", "set a 0 0 +1\r\nx\r\n", "set a 0 0 01\r\nx\r\n", "set a 4294967295 0 1\r\nx\r\n", "get a\r\n", "set a 4294967296 0 1\r\nx\r\n", "get a\r\n", "set a 0 0 4294967297\r\nx\r\n", "get a\r\n"),
        new("set expiries", "set a 1 -1 1\r\nx\r\n", "get a\r\n", "set a 1 2147483647 1\r\nx\r\n", "get a\r\n", "set a 1 2147483648 1\r\nx\r\n", "get a\r\n", "set a 1 4294967296 1\r\nx\r\n", "mg a t v\r\n", "set a 1 2592000 1\r\nx\r\n", "mg a t\r\n", "set a 1 2592001 1\r\nx\r\n", "mg a t\r\n"),
        new("set huge lengths", "set a 0 0 2147483647\r\nmn\r\n", "set a 0 0 2147483646\r\nmn\r\n", "set a 0 0 2147483648\r\nmn\r\n", "set a 0 0 2147483645\r\nmn\r\n"),
        new("set key lengths", $"set {K251} 0 0 1\r\nmn\r\n", $"set {K250} 0 0 1\r\nx\r\n"),
        new("set bad data", "set a 0 0 1\r\nxy\r\n", "get a\r\n", "set a 0 0 1\r\nxyz\r\n", "set a 0 0 1\r\nxyzversion\r\n", "set a 0 0 1\r\nx\rget a\r\n", "set a 0 0 1\r\nx\nget a\r\nmn\r\n"),
        new("set data too short", "set a 0 0 5\r\nx\r\nget a\r\nmn\r\n"),
        new("set bad data keeps the old value", Hi, "set a 0 0 1\r\nxy\r\n", "get a\r\n"),
        new("set noreply hides errors", "set a x 0 1 noreply\r\nmn\r\n", "set a 0 0 1 noreply\r\nxy\r\nmn\r\n", $"set {K251} 0 0 1 noreply\r\nmn\r\n", "set a 0 0 -1 noreply\r\nmn\r\n", "add a 0 0 x noreply\r\nmn\r\n", "cas a 0 0 1 x noreply\r\nmn\r\n"),
        new("set largest", "set a 0 0 1048516\r\n" + new string('x', 1048516) + "\r\n", "mg a s\r\n", "me a\r\n", "set a 0 0 1048517\r\n" + new string('x', 1048517) + "\r\n", "mg a s\r\n"),
        new("set largest with flags", "set a 1 0 1048512\r\n" + new string('x', 1048512) + "\r\n", "mg a s\r\n", "set a 1 0 1048513\r\n" + new string('x', 1048513) + "\r\n", "mg a s\r\n"),
        new("set too large", Hi, "set a 0 0 2000000\r\n" + new string('x', 2000000) + "\r\n", "get a\r\n", "set a 0 0 2000000 noreply\r\n" + new string('x', 2000000) + "\r\nmn\r\n"),
        new("others too large keep the old value", Hi, "replace a 0 0 2000000\r\n" + new string('x', 2000000) + "\r\n", "add a 0 0 2000000\r\n" + new string('x', 2000000) + "\r\n", "append a 0 0 2000000\r\n" + new string('x', 2000000) + "\r\n", "cas a 0 0 2000000 1\r\n" + new string('x', 2000000) + "\r\n", "get a\r\n"),
        new("append beyond the limit", "set a 0 0 1000000\r\n" + new string('x', 1000000) + "\r\n", "append a 0 0 100000\r\n" + new string('y', 100000) + "\r\n", "mg a s\r\n"),
        new("add", "add a 0 0 1\r\nx\r\n", "add a 0 0 1\r\ny\r\n", "get a\r\n", "add b 0 0 1 noreply\r\nx\r\nadd b 0 0 1 noreply\r\ny\r\nget b\r\n", "add\r\n", "add a 0 0\r\n"),
        new("replace", "replace a 0 0 1\r\nx\r\n", Hi, "replace a 1 0 1\r\nx\r\n", "get a\r\n", "replace\r\n"),
        new("append and prepend", "append a 0 0 1\r\nx\r\n", "prepend a 0 0 1\r\nx\r\n", "set a 5 60 2\r\nhi\r\n", "append a 9 0 1\r\nx\r\n", "prepend a 9 0 1\r\ny\r\n", "mg a v f t\r\n", "append a 0 0 0\r\n\r\n", "get a\r\n", "append\r\n", "prepend a\r\n"),
        new("cas", "cas a 0 0 1 1\r\nx\r\n", Hi, "cas a 0 0 1 1\r\nx\r\n", "gets a\r\n", "cas a 7 0 1 {cas}\r\nx\r\n", "gets a\r\n", "cas a 0 0 1 {cas-1}\r\ny\r\n", "cas a 0 0 1 0\r\nx\r\n", "cas a 0 0 1 1 noreply\r\nx\r\nmn\r\n"),
        new("cas wrong", Hi, "cas a 0 0 1\r\nmn\r\n", "cas a 0 0 1 x\r\nmn\r\n", "cas a 0 0 1 18446744073709551615\r\nx\r\n", "cas a 0 0 1 18446744073709551616\r\nmn\r\n", "cas a 0 0 1 -1\r\nmn\r\n", "cas\r\n", "cas a 0 0 1 1 noreply foo\r\nmn\r\n"),
        new("delete", "delete a\r\n", Hi, "delete a\r\n", "get a\r\n", Hi, "delete a 0\r\n", Hi, "delete a noreply\r\nmn\r\n", "get a\r\n", Hi, "delete a 0 noreply\r\nget a\r\n"),
        new("delete wrong", Hi, "delete\r\n", "delete a 1\r\n", "delete a foo\r\n", "delete a 0 foo\r\n", "delete a 0 0 0\r\n", "delete a 1 noreply\r\nmn\r\n", $"delete {K251}\r\n", $"delete {K251} noreply\r\nmn\r\n", $"delete {K251} foo\r\n", "get a\r\n", "delete noreply\r\n"),
        new("incr and decr", "incr n 1\r\n", Ten, "incr n 1\r\n", "decr n 2\r\n", "get n\r\n", "decr n 20\r\n", "incr n 100\r\n", "get n\r\n", "incr n 1 noreply\r\nget n\r\n", "incr n 1 foo\r\n", "decr n 1 noreply\r\nget n\r\n"),
        new("incr wrong", Ten, "incr n x\r\n", "incr n -1\r\n", "incr n\r\n", "incr n 1 foo bar\r\n", "incr n 1x\r\n", "incr n 18446744073709551616\r\n", "incr n 01\r\n", "incr n +1\r\n", $"incr {K251} 1\r\n", "incr n x noreply\r\nmn\r\n", "incr n noreply\r\nmn\r\n", "incr\r\n", "decr\r\n", "decr n x\r\n"),
        new("incr wraps", "set n 0 0 20\r\n18446744073709551615\r\n", "incr n 1\r\n", "get n\r\n", Ten, "incr n 18446744073709551615\r\n"),
        new("incr of odd numbers", OddNumbers("  1", "1  ", "+1", "1 x", "007", "000000000000000000001", "1\t", "-18446744073709551615")),
        new("incr of non-numbers", OddNumbers("", "-1", "1x", "x", "18446744073709551616", "0x1", "1.0", "--1")),
        new("incr new id", Ten, "gets n\r\nincr n 1\r\ngets n\r\nincr n 1000\r\ngets n\r\n"),
        new("incr keeps flags and time", "set n 5 60 1\r\n9\r\n", "incr n 1\r\n", "mg n f t v\r\n"),
        new("touch", "touch a 10\r\n", Hi, "touch a 10\r\n", "mg a t\r\n", "touch a 20 noreply\r\nmg a t\r\n", "touch a 30 foo\r\n", "touch a 0\r\n", "mg a t h\r\n", "touch a -1\r\n", "get a\r\n"),
        new("touch wrong", Hi, "touch a x\r\n", "touch a\r\n", "touch a 0 foo bar\r\n", $"touch {K251} 1\r\n", "touch a x noreply\r\nmn\r\n", "touch\r\n", "mg a t\r\n"),
        new("gat", "gat 10 a\r\n", Hi, "gat 10 a b\r\n", "mg a t\r\n", "gats 20 a\r\n", "mg a t\r\n", "gat 0 a\r\n", "mg a t\r\n", "gat -1 a\r\n", "get a\r\n"),
        new("gat wrong", Hi, "gat\r\n", "gats\r\n", "gat 10\r\n", "gats 10\r\n", "gat x a\r\n", "gat a 10\r\n", $"gat 10 {K251}\r\n", $"gat 10 a {K251}\r\n", "mg a t\r\n"),
        new("version", "version\r\n", "version foo\r\n", "versionx\r\n"),
        new("verbosity", "verbosity\r\n", "verbosity 0\r\n", "verbosity 0 noreply\r\nmn\r\n", "verbosity x\r\n", "verbosity noreply\r\nmn\r\n", "verbosity 0 1\r\n", "verbosity 0 1 2\r\n"),
        new("flush_all", "flush_all\r\n", Hi, "flush_all\r\n", "get a\r\n", Hi, "flush_all 0\r\n", "get a\r\n", Hi, "flush_all noreply\r\nget a\r\n", Hi, "flush_all 0 noreply\r\nget a\r\n", Hi, "flush_all -1\r\n", "get a\r\n", Hi, "flush_all 0 foo\r\n", "get a\r\n"),
        new("flush_all then set at once", Hi, "flush_all\r\nset a 0 0 1\r\nx\r\nget a\r\n"),
        new("flush_all wrong", Hi, "flush_all x\r\n", "flush_all foo noreply\r\nmn\r\n", "flush_all 0 0 0\r\n", "get a\r\n"),
        new("flush_all later", Hi, "flush_all 100\r\n", "get a\r\n", "flush_all 0\r\n"),
        new("flush_all and CAS", Hi, "gets a\r\n", "flush_all\r\n", "cas a 0 0 1 {cas}\r\nx\r\n", "add a 0 0 1\r\ny\r\n", "get a\r\n"),
        new("quit", "mn\r\nquit\r\nmn\r\n"),
        new("quit with more", "quit foo\r\nmn\r\n"),
        new("quitx", "quitx\r\n"),
        new("web browser", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        new("web browser of old", "foo bar HTTP/1.0\r\nmn\r\n"),
        new("get of a web version", "get a HTTP/1.1\r\nmn\r\n"),
        new("line without end", new string('x', 2049)),
        new("blanks without end", new string(' ', 2049)),
        new("not yet too long a line", new string('x', 2048)),
        new("long get is awaited", "get " + new string('x', 3000), "\r\nmn\r\n"),
        new("long gets is awaited", "gets " + new string('x', 3000), " a\r\nmn\r\n"),
        new("get of many keys", "get " + string.Concat(Enumerable.Repeat("a ", 6000)), "\r\nmn\r\n"),
        new("long gat is not awaited", "gat 1 " + string.Concat(Enumerable.Repeat("a ", 2000))),
        new("refused administration", "shutdown\r\n", "slabs\r\n", "slabs foo\r\n", "lru\r\n", "lru_crawler\r\n", "cache_memlimit\r\n", "cache_memlimit x\r\n", "extstore\r\n", "misbehave\r\n"),
        new("stats topics", "stats foo\r\n", "stats reset\r\n", "stats reset foo\r\n", "stats detail\r\n", "stats detail foo\r\n", "stats cachedump\r\n", "stats sizes\r\n", "stats noreply\r\n", "statsx\r\n"),
        new("set of NUL in the key", "set a\0b 0 0 1\r\nmn\r\n", "get a\r\n"),
        new("values of commands", "set a 0 0 12\r\nflush_all\r\nx\r\n", "get a\r\n"),
        new("pipelined", "set a 0 0 1\r\nx\r\nget a\r\nmg a v\r\nincr a 1\r\ndelete a\r\nget a\r\nfoo\r\nmn\r\n"),
    ];

    private static string[] OddNumbers(params string[] numbers) =>
        [.. numbers.SelectMany(number => new[] { $"set n 0 0 {number.Length}\r\n{number}\r\n", "incr n 1\r\n", "get n\r\n", "ma n v\r\n" })];
}
