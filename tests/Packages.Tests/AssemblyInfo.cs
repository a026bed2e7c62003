using Packages.Tests.Doubles;

[assembly: AssemblyFixture(typeof(PackedFeed))]
