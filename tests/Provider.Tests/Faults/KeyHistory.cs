namespace Provider.Tests.Faults;

/// <summary>
/// What may be read under one key. A version is over once a newer one, or a removal, was acknowledged; from then on no read that begins may find it. A write that was never
/// answered may take effect at any later time, and is never over. Thread-safe; one writer at a time.
/// </summary>
internal sealed class KeyHistory(string key)
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _unanswered = [];
    private int _newest;
    private int _over;

    public string Key => key;

    /// <summary>The version to write next.</summary>
    public int Begin()
    {
        lock (_lock)
        {
            return ++_newest;
        }
    }

    /// <summary>The write of <paramref name="version"/> was acknowledged, or nobody knows.</summary>
    public void Written(int version, bool isAcknowledged)
    {
        lock (_lock)
        {
            if (isAcknowledged)
            {
                _over = Math.Max(_over, version - 1);
            }
            else
            {
                _unanswered.Add(version);
            }
        }
    }

    /// <summary>A removal is honoured from now on. By the writer.</summary>
    public void Removed()
    {
        lock (_lock)
        {
            _over = _newest;
        }
    }

    /// <summary>Before a read: what is over now.</summary>
    public int Over()
    {
        lock (_lock)
        {
            return _over;
        }
    }

    /// <summary>Why a read that began when versions up to <paramref name="over"/> were over may not find these bytes; null: it may.</summary>
    public string? Objection(ReadOnlySpan<byte> value, int over)
    {
        if (!CheckedValue.TryRead(value, out var found, out var version))
        {
            return $"{key}: {value.Length} bytes that nobody wrote";
        }

        lock (_lock)
        {
            return !string.Equals(found, key, StringComparison.Ordinal) ? $"{key}: the value of {found}"
                : version < 1 || version > _newest ? $"{key}: version {version}, which does not exist"
                : version <= over && !_unanswered.Contains(version) ? $"{key}: version {version}, though {over} was over ({_newest} is the newest)"
                : null;
        }
    }
}
