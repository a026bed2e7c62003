namespace ScopedCaching.Caching;

/// <summary>Something around a value. It lives as long as a null does when that is inside, and is as large as what is.</summary>
internal interface IAroundValue
{
    object? Inside { get; }
}
