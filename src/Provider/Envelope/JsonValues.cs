using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScopedCaching.Memcached.Buffers;

namespace ScopedCaching.Memcached.Envelope;

/// <summary>Everything that has no form of its own, as JSON. Types come from the resolver of the options alone, never from the stored bytes.</summary>
internal sealed class JsonValues
{
    private readonly JsonSerializerOptions _options;
    private readonly JsonWriterOptions _writerOptions;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    [ThreadStatic]
    private static JsonValues? t_writerOwner;

    public JsonValues(JsonSerializerOptions? options)
    {
        // With fields: tuples have nothing else.
        options ??= new JsonSerializerOptions(JsonSerializerDefaults.Web) { IncludeFields = true };
        _options = new JsonSerializerOptions(options) { TypeInfoResolver = (options.TypeInfoResolver ?? Resolver()).WithAddedModifier(JsonLosses.Refuse) };
        _options.MakeReadOnly();
        _writerOptions = new JsonWriterOptions { Encoder = _options.Encoder, MaxDepth = _options.MaxDepth, SkipValidation = true };
    }

    /// <exception cref="NotSupportedException">The resolver does not know the type, or the value would come back as less than it is.</exception>
    public void Write<T>(T value, PooledBuffer destination)
    {
        var type = TypeOf<T>();
        var writer = RentWriter(destination);
        try
        {
            JsonSerializer.Serialize(writer, value, type);
            writer.Flush();
        }
        catch
        {
            // It may hold half a value: not to be used again.
            writer.Dispose();
            throw;
        }

        (t_writer, t_writerOwner) = (writer, this);
    }

    public T? Read<T>(ReadOnlySpan<byte> source) => JsonSerializer.Deserialize(source, TypeOf<T>());

    /// <summary>From pieces, of which none is moved.</summary>
    public T? Read<T>(in ReadOnlySequence<byte> source)
    {
        var type = TypeOf<T>();
        var reader = new Utf8JsonReader(source, new JsonReaderOptions
        {
            AllowTrailingCommas = _options.AllowTrailingCommas,
            CommentHandling = _options.ReadCommentHandling,
            MaxDepth = _options.MaxDepth,
        });
        var value = JsonSerializer.Deserialize(ref reader, type);
        return reader.Read() ? throw new JsonException() : value;
    }

    /// <summary>A converter may call the cache and so come here again: the thread's writer is taken while it is in use.</summary>
    private Utf8JsonWriter RentWriter(PooledBuffer destination)
    {
        var writer = t_writer;
        if (writer is null || !ReferenceEquals(t_writerOwner, this))
        {
            return new Utf8JsonWriter(destination, _writerOptions);
        }

        t_writer = null;
        writer.Reset(destination);
        return writer;
    }

    private JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reached only where the application allows JSON by reflection; trimmed ones switch that off and give a generated resolver.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static IJsonTypeInfoResolver Resolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}
