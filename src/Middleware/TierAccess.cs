namespace ScopedCaching;

/// <summary>Which tiers a view reads and writes. Removals and clears reach all of them always.</summary>
[Flags]
internal enum TierAccess
{
    None = 0,
    ReadMemory = 1,
    WriteMemory = 2,
    ReadShared = 4,
    WriteShared = 8,
    Shared = ReadShared | WriteShared,
    All = ReadMemory | WriteMemory | Shared,
}
