namespace Provider.Tests.Faults;

/// <summary>What this process holds.</summary>
internal static class LiveMemory
{
    /// <summary>The bytes of objects that are alive, as the last of several full collections found them.</summary>
    public static long Bytes()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        GC.Collect();
        var info = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return info.HeapSizeBytes - info.FragmentedBytes;
    }
}
