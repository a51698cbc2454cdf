using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marten;

namespace LeadScoring.Host.Feed;

/// <summary>A published event as everybody gets it. Written once, never changed.</summary>
public sealed record FeedEntry
{
    /// <summary>Marten keeps it beside the document.</summary>
    [JsonIgnore]
    public string TenantId { get; set; } = "";

    /// <summary>1-based and without gaps within the tenant, whose document it identifies.</summary>
    public long Position { get; set; }

    /// <summary>Of the event it was made from: ascending with the position, and across tenants.</summary>
    public long LogSequence { get; init; }

    /// <summary>The CloudEvent's id, by which consumers tell repeats; the stored event's too.</summary>
    public Guid EventId { get; init; }

    /// <summary>One of <see cref="Contracts.IntegrationEventTypes.All"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The lead, or the subscription.</summary>
    public Guid Subject { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The CloudEvent, UTF-8 JSON. Stored as a text, because PostgreSQL would write an object in its own way: these bytes are frozen.</summary>
    [JsonConverter(typeof(Utf8TextJson))]
    public required byte[] Body { get; init; }
}

/// <summary>How far a tenant's feed reaches.</summary>
public sealed record FeedHead
{
    public required string TenantId { get; init; }

    public long Position { get; init; }

    /// <summary>Of the event at <see cref="Position"/>.</summary>
    public long LogSequence { get; init; }
}

/// <param name="Entries">In order of position.</param>
/// <param name="NextAfter">Where to go on: past everything looked at, also when it was of other types.</param>
/// <param name="Head">The last position there was when the page was read.</param>
public sealed record FeedPage(IReadOnlyList<FeedEntry> Entries, long NextAfter, long Head);

/// <summary>The feed's documents, as Marten is told of them.</summary>
public static class FeedDocuments
{
    public static void Configure(StoreOptions options)
    {
        options.Schema.For<FeedEntry>()
            .DocumentAlias("feed_entry")
            .DoNotPartition()
            .Identity(x => x.Position)
            .Metadata(m => m.TenantId.MapTo(x => x.TenantId))
            .Duplicate(x => x.LogSequence, notNull: true, configure: i => i.IsUnique = true);

        // Whoever waits for any feed asks for all heads that moved.
        options.Schema.For<FeedHead>()
            .DocumentAlias("feed_head")
            .SingleTenanted()
            .Identity(x => x.TenantId)
            .Duplicate(x => x.LogSequence, notNull: true);
    }
}

/// <summary>UTF-8 bytes as a JSON text.</summary>
public sealed class Utf8TextJson : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var bytes = new byte[reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length];
        var length = reader.CopyString(bytes);
        return length == bytes.Length ? bytes : bytes[..length];
    }

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
        writer.WriteStringValue(JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping));
}
