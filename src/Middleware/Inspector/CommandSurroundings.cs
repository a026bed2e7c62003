namespace ScopedCaching.Inspector;

/// <summary>What a command shares with the application, and what not.</summary>
/// <param name="HasCacheOfItsOwn">Its cache is an embedded one, which nobody else reaches and which no file keeps.</param>
/// <param name="SharesKeys">Recent keys are in a file.</param>
internal sealed record CommandSurroundings(bool HasCacheOfItsOwn, bool SharesKeys);
