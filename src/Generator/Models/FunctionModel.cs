namespace ScopedCaching.Generator.Models;

/// <summary>How a function gives its result.</summary>
internal enum ResultKind
{
    /// <summary>As it is.</summary>
    Value,

    /// <summary>As a Task.</summary>
    Task,

    /// <summary>As a ValueTask.</summary>
    ValueTask,
}

/// <summary>One cached function, in text only: everything its generated half is written from.</summary>
/// <param name="Host">The type it stands in.</param>
/// <param name="Name">Its name.</param>
/// <param name="Position">Where it stands among the type's cached functions; tells overloads apart.</param>
/// <param name="Modifiers">Its modifiers, as its implementing half repeats them.</param>
/// <param name="Accessibility">Who may use its companion.</param>
/// <param name="IsStatic">Whether it is static.</param>
/// <param name="Generics">Its own type parameters.</param>
/// <param name="Result">The result's type, without the task around it.</param>
/// <param name="Kind">How it gives its result.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="SelfName">What the object it belongs to is called.</param>
/// <param name="Caches">The expression of its <c>IScopedCache</c>: a parameter's name, or a member's.</param>
/// <param name="Body">What it calls when there is nothing cached.</param>
/// <param name="Key">Its key.</param>
/// <param name="Skip">The condition of running it anyway; null for never.</param>
/// <param name="Terms">What its attributes say.</param>
/// <param name="Broken">It has errors, which the analyzer tells: only what keeps the compiler from complaining twice is written.</param>
internal sealed record FunctionModel(
    HostModel Host,
    string Name,
    int Position,
    string Modifiers,
    string Accessibility,
    bool IsStatic,
    GenericsModel Generics,
    string Result,
    ResultKind Kind,
    EquatableArray<ParameterModel> Parameters,
    string SelfName,
    CachesModel Caches,
    BodyModel Body,
    KeyModel Key,
    SkipModel? Skip,
    TermsModel Terms,
    bool Broken)
{
    private const string Async = "Async";

    /// <summary>The name without "Async".</summary>
    public string Stem => StemOf(Name);

    /// <summary>The nested class that holds what the function is cached by.</summary>
    public string Holder => $"{Name}Function{(Position == 0 ? "" : $"{Position + 1}")}{Generics.Names}";

    /// <summary>What the companion is called.</summary>
    public string Companion => Stem + "Cache";

    public string ReturnType => Kind switch
    {
        ResultKind.Task => $"global::System.Threading.Tasks.Task<{Result}>",
        ResultKind.ValueTask => $"global::System.Threading.Tasks.ValueTask<{Result}>",
        _ => Result,
    };

    /// <summary>The parameters that the key is made from, and that the companion takes.</summary>
    public IEnumerable<ParameterModel> KeyParameters => Parameters.Where(parameter => parameter.Role == ParameterRole.Value && Key.Uses.Contains(parameter.Name));

    public string? Token => Parameters.FirstOrDefault(static parameter => parameter.Role == ParameterRole.Token)?.Name;

    public static string StemOf(string name) =>
        name.Length > Async.Length && name.EndsWith(Async, StringComparison.Ordinal) ? name.Substring(0, name.Length - Async.Length) : name;

    /// <summary>What the body of a function is called.</summary>
    public static string BodyNameOf(string name) => StemOf(name) + "Uncached" + name.Substring(StemOf(name).Length);
}

/// <summary>The type that functions stand in.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Declarations">How it and the types around it are declared, from the outside in: <c>partial class Outer&lt;T&gt;</c>.</param>
/// <param name="Self">How it names itself, without namespace.</param>
/// <param name="FileName">A unique name for its generated file.</param>
/// <param name="Interface">When it is an interface: the rest of it.</param>
internal sealed record HostModel(string Namespace, EquatableArray<string> Declarations, string Self, string FileName, InterfaceModel? Interface);

/// <summary>Type parameters, <c>&lt;T&gt;</c> and <c>where T : class</c>; both empty when there are none.</summary>
internal sealed record GenericsModel(string Names, string Constraints);

/// <summary>Where a function's caches are.</summary>
/// <param name="Expression">How the function names them.</param>
/// <param name="IsParameter">Whether each call brings them.</param>
internal sealed record CachesModel(string Expression, bool IsParameter);

/// <summary>The function's body: a method of the same type.</summary>
/// <param name="Call">What to call, without the object: its name and type arguments.</param>
/// <param name="IsStatic">Whether it is static.</param>
/// <param name="Arguments">The function's parameters that it takes; empty text for the token.</param>
/// <param name="Kind">How it gives its result.</param>
internal sealed record BodyModel(string Call, bool IsStatic, EquatableArray<string> Arguments, ResultKind Kind);

/// <summary>When the function runs whatever is cached.</summary>
/// <param name="Expression">A boolean expression.</param>
/// <param name="Parameter">The parameter it is, when it is one.</param>
internal sealed record SkipModel(string Expression, string? Parameter);

/// <summary>What the attributes say, ready to be written.</summary>
/// <param name="Name">The qualified name, for messages.</param>
/// <param name="Version">16 hexadecimal digits.</param>
/// <param name="Level">A level's name.</param>
/// <param name="Seconds">0 for none.</param>
/// <param name="PolicyName">A policy of the configuration.</param>
/// <param name="PolicyMember">A policy of the code: an expression.</param>
/// <param name="Tags">The tags.</param>
/// <param name="Invoker">A type.</param>
internal sealed record TermsModel(
    string Name, string Version, string Level, int Seconds, string? PolicyName, string? PolicyMember, EquatableArray<string> Tags, string? Invoker);
