using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using Packages.Tests.Doubles;

namespace Packages.Tests;

/// <summary>What debuggers find.</summary>
public sealed class SymbolTests(PackedFeed feed)
{
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Theory, MemberData(nameof(ContentTests.Ids), MemberType = typeof(ContentTests))]
    public void Symbols_are_of_just_this_assembly(string id)
    {
        using var assembly = new PEReader(File.OpenRead(feed.Assembly(id)));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(feed.Symbols(id)));
        var wanted = assembly.ReadDebugDirectory().Single(static entry => entry.Type is DebugDirectoryEntryType.CodeView);

        var found = new BlobContentId(symbols.GetMetadataReader().DebugMetadataHeader!.Id);
        Assert.Equal((assembly.ReadCodeViewDebugDirectoryData(wanted).Guid, wanted.Stamp), (found.Guid, found.Stamp));
        Assert.Contains(assembly.ReadDebugDirectory(), static entry => entry.Type is DebugDirectoryEntryType.Reproducible);
    }

    [Theory, MemberData(nameof(ContentTests.Ids), MemberType = typeof(ContentTests))]
    public void Symbols_bring_every_source_along_and_do_not_say_where_it_was(string id)
    {
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(feed.Symbols(id)));
        var reader = symbols.GetMetadataReader();

        Assert.NotEmpty(reader.Documents);
        Assert.DoesNotContain(reader.Documents.Select(document => NameOf(reader, document)), static name => !name.StartsWith("/_/src/", StringComparison.Ordinal));
        Assert.Empty(reader.Documents.Where(document => Source(reader, document).Contains(Repository.Folder, StringComparison.Ordinal)).Select(document => NameOf(reader, document)));
    }

    [Fact]
    public void The_generators_symbols_are_inside_it_and_do_not_say_where_it_was_built()
    {
        using var assembly = new PEReader(File.OpenRead(feed.Generator));
        using var symbols = assembly.ReadEmbeddedPortablePdbDebugDirectoryData(
            assembly.ReadDebugDirectory().Single(static entry => entry.Type is DebugDirectoryEntryType.EmbeddedPortablePdb));
        var reader = symbols.GetMetadataReader();

        Assert.NotEmpty(reader.Documents);
        Assert.DoesNotContain(reader.Documents.Select(document => NameOf(reader, document)), static name => !name.StartsWith("/_/src/Generator/", StringComparison.Ordinal));
    }

    private static string NameOf(MetadataReader reader, DocumentHandle document) => reader.GetString(reader.GetDocument(document).Name);

    private static string Source(MetadataReader reader, DocumentHandle document)
    {
        var information = reader.GetCustomDebugInformation(document).Select(reader.GetCustomDebugInformation)
            .Single(information => reader.GetGuid(information.Kind) == s_embeddedSource);
        var content = reader.GetBlobBytes(information.Value);

        // Its size when it is compressed, or 0; then the text.
        using var text = new MemoryStream(content, sizeof(int), content.Length - sizeof(int));
        using Stream source = BitConverter.ToInt32(content) is 0 ? text : new DeflateStream(text, CompressionMode.Decompress);
        return new StreamReader(source, Encoding.UTF8).ReadToEnd();
    }
}
