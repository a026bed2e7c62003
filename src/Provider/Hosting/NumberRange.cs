namespace ScopedCaching.Memcached.Hosting;

/// <summary>What a setting that is a whole number may be, from the configuration as from code.</summary>
internal readonly record struct NumberRange(int Least, int Most)
{
    public static readonly NumberRange Port = new(1, 65535);
    public static readonly NumberRange Weight = new(1, 100);
    public static readonly NumberRange ItemSizeLimit = new(1 << 10, 1 << 30);
    public static readonly NumberRange MaxValueSize = new(1 << 10, 1 << 30);
    public static readonly NumberRange CompressionThreshold = new(0, int.MaxValue);
    public static readonly NumberRange MaxQueuedOperations = new(1, 1 << 20);
    public static readonly NumberRange MaxQueuedBytes = new(1 << 10, 1 << 30);
    public static readonly NumberRange ConnectionsPerServer = new(1, 16);
    public static readonly NumberRange FailureThreshold = new(1, 1000);

    public bool Has(int number) => number >= Least && number <= Most;

    /// <summary>As it is told where a number is not in it.</summary>
    public override string ToString() => FormattableString.Invariant($"whole numbers from {Least} to {Most}");
}
