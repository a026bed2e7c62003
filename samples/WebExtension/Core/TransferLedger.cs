using System.Text.Json;

namespace WebExtension.Core;

/// <summary>
/// The transfers that were made: in memory, or, so that several instances see one bank, in a file they all append to.
/// </summary>
public sealed class TransferLedger(string? path)
{
    private readonly Lock _lock = new();
    private readonly List<Transfer> _inMemory = [];

    public void Append(Transfer transfer)
    {
        lock (_lock)
        {
            if (string.IsNullOrEmpty(path))
            {
                _inMemory.Add(transfer);
            }
            else
            {
                File.AppendAllText(path, JsonSerializer.Serialize(transfer) + "\n");
            }
        }
    }

    public Transfer[] Of(string customer)
    {
        lock (_lock)
        {
            IEnumerable<Transfer> all = string.IsNullOrEmpty(path) ? _inMemory
                : File.Exists(path) ? File.ReadLines(path).Select(static line => JsonSerializer.Deserialize<Transfer>(line)!)
                : [];
            return [.. all.Where(transfer => string.Equals(transfer.Customer, customer, StringComparison.Ordinal))];
        }
    }
}
