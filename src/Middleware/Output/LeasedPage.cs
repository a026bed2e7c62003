using System.Buffers;

namespace ScopedCaching.Output;

/// <summary>A response read for one request alone, its body in rented memory. Who answers with it gives the memory back, once; it never goes into any cache.</summary>
/// <param name="Page">The response, until the memory is given back.</param>
/// <param name="Rented">What the body stands in; null where it has none.</param>
internal readonly record struct LeasedPage(CachedPage Page, byte[]? Rented)
{
    /// <summary>Only when the answer was sent to its end: what failed or was cancelled may still be reading, and its memory is left to the garbage collector.</summary>
    public void Return()
    {
        if (Rented is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
