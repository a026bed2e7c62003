namespace Provider.Tests.Architecture;

/// <summary>Every use of one layer by another is an arrow of the table.</summary>
internal static class ArrowRule
{
    internal static IEnumerable<string> Violations(CompiledSources project)
    {
        foreach (var folder in project.Files.Select(CompiledSources.LayerOf).Distinct().Where(f => !project.Arrows.Knows(f)))
        {
            yield return $"{project.Arrows.Folder}/{folder} is no layer of the arrow table";
        }

        foreach (var use in project.Uses.Where(use => project.Arrows.Knows(use.Layer)))
        {
            if (project.LayerOf(use.UsedType) is { } target && !project.Arrows.Allows(use.Layer, use.Type, target))
            {
                yield return $"{use}  ({use.Layer} → {target})";
            }
        }
    }

    /// <summary>The layers that a table lets reach themselves. Façades stand outside: they are doors, not steps of the road.</summary>
    internal static IEnumerable<string> Circles(ProjectArrows arrows)
    {
        return arrows.Layers.Select(layer => layer.Name).Where(name => Reachable(name).Contains(name));

        HashSet<string> Reachable(string from)
        {
            var found = new HashSet<string>(StringComparer.Ordinal);
            var open = new Stack<string>([from]);
            while (open.TryPop(out var layer))
            {
                foreach (var next in Targets(layer).Where(found.Add))
                {
                    open.Push(next);
                }
            }

            return found;
        }

        IEnumerable<string> Targets(string layer) =>
            arrows.Layers.SingleOrDefault(row => row.Name == layer) is not { } row ? []
            : row.MayUse.Contains(ArrowTable.Everything) ? arrows.Layers.Select(other => other.Name).Where(other => other != layer)
            : row.MayUse;
    }
}
