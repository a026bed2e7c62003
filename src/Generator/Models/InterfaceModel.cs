namespace ScopedCaching.Generator.Models;

/// <summary>An interface with cached methods: what wraps a service of it.</summary>
/// <param name="Type">The interface, fully qualified.</param>
/// <param name="Accessibility">Its accessibility.</param>
/// <param name="Wrapper">The name of the class that wraps.</param>
/// <param name="Cache">The name of the interface of the companions.</param>
/// <param name="Forwarded">The members that are not cached, as the wrapper writes them.</param>
internal sealed record InterfaceModel(string Type, string Accessibility, string Wrapper, string Cache, EquatableArray<string> Forwarded);
