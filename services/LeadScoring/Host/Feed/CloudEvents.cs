using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace LeadScoring.Host.Feed;

/// <summary>Writes published events as CloudEvents 1.0, structured JSON.</summary>
internal static class CloudEvents
{
    /// <summary>Names in their own letters; what a web page could take for markup is escaped all the same.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    private const string DataContentType = "application/json";

    public static FeedEntry EntryOf(RenderedEvent published, long position) => new()
    {
        TenantId = published.Event.TenantId,
        Position = position,
        LogSequence = published.Event.Sequence,
        EventId = published.Event.Id,
        Type = published.Type,
        Subject = published.Event.StreamId,
        At = published.At.ToUniversalTime(),
        Body = Write(published, published.Data!, position),
    };

    /// <returns>UTF-8 in one line.</returns>
    private static byte[] Write(RenderedEvent published, byte[] data, long position)
    {
        var recorded = published.Event;
        var bytes = new ArrayBufferWriter<byte>(data.Length + 512);
        using var json = new Utf8JsonWriter(bytes, WriterOptions);
        json.WriteStartObject();
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, recorded.Id);
        json.WriteString("source"u8, $"/leadscoring/{recorded.TenantId}");
        json.WriteString("type"u8, published.Type);
        json.WriteString("subject"u8, recorded.StreamId);
        json.WriteString("time"u8, published.At.ToUniversalTime());
        json.WriteString("datacontenttype"u8, DataContentType);
        json.WriteString("tenantid"u8, recorded.TenantId);
        json.WriteString("sequence"u8, position.ToString(CultureInfo.InvariantCulture));
        WriteTrace(json, recorded.GetHeader("traceparent")?.ToString(), recorded.CorrelationId);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(data, skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Another application may have stored anything in these; only what is a trace goes out as one.</summary>
    private static void WriteTrace(Utf8JsonWriter json, string? traceParent, string? traceId)
    {
        if (ActivityContext.TryParse(traceParent, traceState: null, out var context))
        {
            json.WriteString("traceparent"u8, traceParent);
            json.WriteString("traceid"u8, context.TraceId.ToHexString());
        }
        else if (traceId is { Length: 32 } && traceId.All(char.IsAsciiHexDigitLower))
        {
            json.WriteString("traceid"u8, traceId);
        }
    }
}
