using System.Buffers;
using System.Text.Json;

namespace LeadScoring.EventStore.Appending;

/// <summary>Writes what the <c>headers</c> column keeps of events' metadata, all of a call's into one buffer.</summary>
internal sealed class EventHeaders : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Utf8JsonWriter _json;
    private EventMetadata? _last;
    private ReadOnlyMemory<byte>? _lastHeaders;

    public EventHeaders() => _json = new Utf8JsonWriter(_bytes);

    public void Dispose() => _json.Dispose();

    /// <summary>UTF-8 JSON, or null when there is nothing to keep.</summary>
    public ReadOnlyMemory<byte>? Of(EventMetadata metadata)
    {
        // The events of one request carry the same metadata and mostly stand together.
        if (!ReferenceEquals(metadata, _last))
        {
            _last = metadata;
            _lastHeaders = metadata is { Actor: null, TraceParent: null } ? default(ReadOnlyMemory<byte>?) : Write(metadata);
        }

        return _lastHeaders;
    }

    private ReadOnlyMemory<byte> Write(EventMetadata metadata)
    {
        var start = _bytes.WrittenCount;
        _json.Reset();
        _json.WriteStartObject();
        WriteWhenPresent("actor"u8, metadata.Actor);
        WriteWhenPresent("traceparent"u8, metadata.TraceParent);
        _json.WriteEndObject();
        _json.Flush();
        return _bytes.WrittenMemory[start..];
    }

    private void WriteWhenPresent(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            _json.WriteString(name, value);
        }
    }
}
