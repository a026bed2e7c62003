namespace ScopedCaching.Caching;

/// <summary>A value that knows about how many bytes of memory it takes.</summary>
internal interface ISizedValue
{
    int Size { get; }
}
