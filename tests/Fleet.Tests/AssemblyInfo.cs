using Fleet.Tests.Doubles;

[assembly: AssemblyFixture(typeof(SharedFleet))]
